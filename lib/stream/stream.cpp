#include "lib/stream/stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include "lib/base/text.h"
#include "lib/xml/encoding.h"

namespace vtp {
namespace {

constexpr std::size_t least_room = 64 * 1024;  // as much as a pipe holds
constexpr char nuls[2] = {'\0', '\0'};
constexpr char newline = '\n';

// The bytes to write after an event.
std::string_view end_of(std::string_view event, StreamEnd end) {
  if (end == StreamEnd::none) return {};
  if (end == StreamEnd::newline) return {&newline, 1};
  return {nuls, begins_as_utf16(event) ? 2u : 1u};
}

// An event for a terminal: keeps lines and tabs, and escapes what would control the terminal, which
// a document may contain (U+009B, direction overrides).
std::string harmless(std::string_view event) {
  std::string shown;
  while (!event.empty()) {
    const auto end = std::min(event.find_first_of("\n\t"), event.size());
    const bool returns = end > 0 && end < event.size() && event[end - 1] == '\r';
    shown += printable(event.substr(0, end - (returns ? 1 : 0)));
    shown += event.substr(end, 1);
    event.remove_prefix(std::min(end + 1, event.size()));
  }
  return shown;
}

// The parts of an event and its end that are not written yet.
using Parts = std::array<iovec, 2>;

// iov_base is not const, but writev(2) does not write through it.
iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

Parts first_of(Parts parts, std::size_t most) {
  for (iovec& part : parts) {
    part.iov_len = std::min(part.iov_len, most);
    most -= part.iov_len;
  }
  return parts;
}

void pass_over(Parts& parts, std::size_t done) {
  for (iovec& part : parts) {
    const std::size_t of_this = std::min(done, part.iov_len);
    part.iov_base = static_cast<char*>(part.iov_base) + of_this;
    part.iov_len -= of_this;
    done -= of_this;
  }
}

constexpr std::chrono::milliseconds forever{-1};

// Waits for the event or an error. Returns false at the timeout, or if a signal interrupts.
bool is_ready(int fd, short event, std::chrono::milliseconds timeout) {
  if (fd < 0) return true;  // poll(2) would ignore it
  pollfd descriptor{fd, event, 0};
  return ::poll(&descriptor, 1, static_cast<int>(timeout.count())) > 0;
}

bool is_regular_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// True if there is only XML's white space, and the NULs between records.
bool is_blank(std::string_view bytes) {
  return bytes.find_first_not_of(std::string_view("\0\t\n\r ", 5)) == std::string_view::npos;
}

// The offset of the first NUL character of a UTF-16 document, at an even offset.
std::size_t find_wide_nul(std::string_view document, std::size_t from) {
  for (std::size_t at = from - from % 2; at + 1 < document.size(); at += 2)
    if (document[at] == '\0' && document[at + 1] == '\0') return at;
  return std::string_view::npos;
}

}  // namespace

StreamWriter::StreamWriter(int fd, StreamEnd end)
    : fd_(fd),
      to_terminal_(end != StreamEnd::none && ::isatty(fd) == 1),
      end_(to_terminal_ ? StreamEnd::newline : end),
      may_wait_(!is_regular_file(fd)) {}

std::error_code StreamWriter::write(std::string_view event, const std::function<void()>& stalled) {
  std::string shown;
  if (to_terminal_) event = shown = harmless(event);
  const std::string_view end = end_of(event, end_);
  Parts left{part(event), part(end)};
  bool told = !stalled;
  while (left[0].iov_len + left[1].iov_len > 0) {
    if (!has_room(stalled_after)) {
      if (!std::exchange(told, true)) stalled();
      if (interrupted_) return std::make_error_code(std::errc::operation_canceled);
      continue;
    }
    // If there is room, this many bytes fit, so that the write does not block.
    const Parts next = may_wait_ ? first_of(left, PIPE_BUF) : left;
    const ssize_t written = ::writev(fd_, next.data(), static_cast<int>(next.size()));
    if (written < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) continue;
    if (written < 0) return {errno, std::system_category()};
    // A device that accepts nothing and reports no error: without this the loop would not end.
    if (written == 0) return std::make_error_code(std::errc::io_error);
    pass_over(left, static_cast<std::size_t>(written));
  }
  return {};
}

bool StreamWriter::has_room(std::chrono::milliseconds timeout) const {
  return !may_wait_ || is_ready(fd_, POLLOUT, timeout);
}

void StreamWriter::wait_for_room() const { is_ready(fd_, POLLOUT, forever); }

StreamReader::StreamReader(int fd, std::size_t max_size)
    : fd_(fd), max_size_(max_size), regular_(is_regular_file(fd)) {}

Result<std::optional<StreamRecord>> StreamReader::next() {
  while (!at_record() && !finished_)
    read_some();
  if (at_record()) return std::optional(take());
  if (error_ != 0) return Problem{std::strerror(std::exchange(error_, 0))};
  return std::optional<StreamRecord>();
}

std::string_view StreamReader::front(std::size_t least) {
  while (end_ - begin_ < least && !finished_)
    read_some();
  return {buffer_.data() + begin_, end_ - begin_};
}

bool StreamReader::ready(std::chrono::milliseconds timeout) {
  while (!at_record() && !finished_) {
    if (!regular_ && !is_ready(fd_, POLLIN, timeout)) return false;
    read_some();
  }
  return true;
}

// Skips empty records, and the rest of one that was too large. Returns true if the buffer then
// begins with a whole record, or with so much of one that it is too large.
bool StreamReader::at_record() {
  while (begin_ < end_) {
    const auto found = find_end();
    const std::size_t size = found ? found->size : scanned_;
    const bool empty = found && size <= max_size_ && is_blank({buffer_.data() + begin_, size});
    if (!skipping_ && !empty) return found || size > max_size_;
    drop(found ? size + found->end_size : size);
    if (!found) return false;
    skipping_ = false;
  }
  return false;
}

// Takes the record that at_record() has found.
StreamRecord StreamReader::take() {
  const auto found = find_end();
  StreamRecord record;
  record.number = ++count_;
  record.offset = offset_;
  record.too_large = !found || found->size > max_size_;
  if (found) {
    if (!record.too_large) record.bytes.assign(buffer_, begin_, found->size);
    drop(found->size + found->end_size);
  } else {
    skipping_ = true;
  }
  record.alone = count_ == 1 && nothing_follows();
  return record;
}

// The record at the beginning of the buffer, if its end has arrived.
std::optional<StreamReader::Found> StreamReader::find_end() {
  const std::string_view left(buffer_.data() + begin_, end_ - begin_);
  if (scanned_ == 0 && !skipping_) {
    if (left.size() < 2 && !finished_) return std::nullopt;
    utf16_ = begins_as_utf16(left);
  }
  const std::size_t end = utf16_ ? find_wide_nul(left, scanned_) : left.find('\0', scanned_);
  if (end != std::string_view::npos) return Found{end, utf16_ ? 2u : 1u};
  scanned_ = utf16_ ? left.size() - left.size() % 2 : left.size();
  if (!finished_) return std::nullopt;
  // Some programs end a document in UTF-16 with a single NUL, ignoring its encoding.
  const bool odd_nul = utf16_ && left.size() % 2 == 1 && left.back() == '\0';
  return odd_nul ? Found{left.size() - 1, 1} : Found{left.size(), 0};
}

// True if no record follows and this is known without waiting for the writer.
bool StreamReader::nothing_follows() {
  while (regular_ && !at_record() && !finished_)
    read_some();
  return ended();
}

void StreamReader::drop(std::size_t size) {
  begin_ += size;
  offset_ += size;
  scanned_ = 0;
}

// Reads more bytes into the buffer, or finds the end of the input.
void StreamReader::read_some() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == 0 && buffer_.size() > 2 * least_room)
    buffer_ = {};  // free the memory of a large record
  if (buffer_.size() - end_ < least_room)
    buffer_.resize(
        std::max(end_ + least_room, std::min(2 * buffer_.size(), max_size_ + least_room)));
  const ssize_t got = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
  if (got > 0) end_ += static_cast<std::size_t>(got);
  if (got < 0 && errno != EINTR) error_ = errno;
  finished_ = got == 0 || error_ != 0;
}

}  // namespace vtp
