#include "lib/base/line_writer.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vtp {
namespace {

// When poll(2) reports room, a pipe takes this many bytes in one write, without blocking.
constexpr std::size_t pipe_piece = PIPE_BUF;
constexpr std::size_t file_piece = 64 * 1024;

// As many whole lines from the front as fit into `most` bytes, but at least one.
std::string_view first_lines(std::string_view lines, std::size_t most) {
  if (lines.size() <= most) return lines;
  auto end = lines.rfind('\n', most - 1);
  if (end == std::string_view::npos) end = lines.find('\n');
  return lines.substr(0, end == std::string_view::npos ? end : end + 1);
}

}  // namespace

LineWriter::Outcome LineWriter::write(std::string_view lines, const std::function<bool()>& go_on) {
  Outcome outcome;
  if (!look()) return {0, error_};
  while (outcome.written < lines.size()) {
    Written how = finish_line(go_on);
    if (how == Written::failed) break;
    const std::string_view left = lines.substr(outcome.written);
    const std::string_view piece = first_lines(left, S_ISREG(kind_) ? file_piece : pipe_piece);
    std::string_view rest = piece;
    how = write_piece(rest, go_on);
    const std::size_t done = piece.size() - rest.size();
    const auto last_end = piece.substr(0, done).rfind('\n');
    std::size_t end = done;
    if (how != Written::all) end = last_end == std::string_view::npos ? 0 : last_end + 1;
    // If the descriptor became another file, that one gets the interrupted line whole.
    if (how == Written::failed && end < done) {
      end = std::min(piece.find('\n', done), piece.size() - 1) + 1;
      unfinished_ = piece.substr(done, end - done);
    }
    outcome.written += end;
    if (how == Written::failed) break;
  }
  if (outcome.written < lines.size()) outcome.error = error_;
  return outcome;
}

// Looks up which file the descriptor is. Returns false if it is not open.
bool LineWriter::look() {
  struct stat file {};
  if (::fstat(fd_, &file) != 0) {
    error_ = errno;
    return false;
  }
  // The beginning of that line is in the other file.
  if (file.st_dev != device_ || file.st_ino != inode_) unfinished_.clear();
  kind_ = file.st_mode;
  device_ = file.st_dev;
  inode_ = file.st_ino;
  return true;
}

LineWriter::Written LineWriter::finish_line(const std::function<bool()>& go_on) {
  if (unfinished_.empty()) return Written::all;
  std::string_view rest = unfinished_;
  const Written how = write_piece(rest, go_on);
  unfinished_.erase(0, unfinished_.size() - rest.size());
  if (how == Written::moved) unfinished_.clear();
  return how;
}

// Leaves in `piece` what is not written; sets error_ if it fails.
LineWriter::Written LineWriter::write_piece(std::string_view& piece,
                                            const std::function<bool()>& go_on) {
  while (!piece.empty()) {
    error_ = EAGAIN;
    if (!go_on()) return Written::failed;
    pollfd room{fd_, POLLOUT, 0};
    if (::poll(&room, 1, static_cast<int>(tick.count())) > 0) {
      const ssize_t written = try_write(piece);
      if (written > 0) {
        piece.remove_prefix(static_cast<std::size_t>(written));
        continue;
      }
      error_ = written == 0 ? EIO : errno;
      if (error_ != EAGAIN && error_ != EWOULDBLOCK && error_ != EINTR) return Written::failed;
      ::poll(nullptr, 0, 1);  // poll(2) reported room, but there is none: do not spin
    }
    const dev_t device = device_;
    const ino_t inode = inode_;
    if (!look()) return Written::failed;
    if (device != device_ || inode != inode_) return Written::moved;
  }
  return Written::all;
}

ssize_t LineWriter::try_write(std::string_view bytes) const {
  if (S_ISSOCK(kind_)) return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  const std::size_t most = S_ISREG(kind_) ? bytes.size() : std::min(bytes.size(), pipe_piece);
  return ::write(fd_, bytes.data(), most);
}

}  // namespace vtp
