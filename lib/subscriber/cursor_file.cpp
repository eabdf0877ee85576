#include "lib/subscriber/cursor_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/base/descriptor.h"
#include "lib/base/input_file.h"
#include "lib/base/new_file.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest = 1024 * 1024;  // bytes
constexpr mode_t permissions = 07777;

constexpr int most_tries = 100;

bool is_at(const std::string& path, int fd) {
  struct stat there {};
  struct stat ours {};
  return ::stat(path.c_str(), &there) == 0 && ::fstat(fd, &ours) == 0 &&
         there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

constexpr std::string_view partitions = "kafka:";  // how their names begin
constexpr std::size_t most_digits = 18;            // of an offset

std::optional<Cursor> cursor_in(std::string_view name, std::string_view text) {
  if (const auto digest = Digest::parse(text)) return *digest;
  std::int64_t offset = 0;
  const char* const end = text.data() + text.size();
  const bool is_number = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!name.starts_with(partitions) || !is_number || text.size() > most_digits ||
      std::from_chars(text.data(), end, offset).ptr != end || text.empty())
    return std::nullopt;
  return offset;
}

std::string text_of(const Cursor& cursor) {
  if (const auto* digest = std::get_if<Digest>(&cursor)) return digest->hex();
  return fmt::format("{}", std::get<std::int64_t>(cursor));
}

// Returns 0 or an errno value.
int fill(int fd, const std::string& with_mode_of, std::string_view bytes) {
  struct stat before {};
  if (::stat(with_mode_of.c_str(), &before) == 0 && ::fchmod(fd, before.st_mode & permissions) != 0)
    return errno;
  const int error = write_all(fd, bytes);
  return error == 0 ? sync_file(fd) : error;
}

}  // namespace

CursorFile::CursorFile(std::string path) : name_(std::move(path)) {
  std::error_code error;
  path_ = fs::weakly_canonical(fs::absolute(name_), error).string();
  if (error) throw std::runtime_error(fmt::format("{}: {}", name_, error.message()));
  read_file();
}

void CursorFile::read_file() {
  cursors_.clear();
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (!fs::exists(status)) return;  // other problems are found when it is written
  if (!fs::is_regular_file(status))
    throw std::runtime_error(fmt::format("{}: is not a regular file", name_));
  const auto document = vtp::read_file(path_, largest);
  if (!document) throw std::runtime_error(fmt::format("{}: {}", name_, document.problem()));
  read(*document);
}

void CursorFile::read(const std::string& text) {
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t space = line.rfind(' ');
    const auto cursor = space == 0 || space == std::string_view::npos
                            ? std::nullopt
                            : cursor_in(line.substr(0, space), line.substr(space + 1));
    if (!cursor)
      throw std::runtime_error(
          fmt::format("{}:{}: is not a broker and a digest, so this is not a cursor file; it is "
                      "not changed",
                      name_, number));
    cursors_[std::string(line.substr(0, space))] = *cursor;
  }
}

std::string CursorFile::text() const {
  std::string text;
  for (const auto& [name, cursor] : cursors_)
    text += name + ' ' + text_of(cursor) + '\n';
  return text;
}

std::optional<Digest> CursorFile::find(const std::string& broker) const {
  const auto found = cursors_.find(broker);
  if (found == cursors_.end() || !std::holds_alternative<Digest>(found->second))
    return std::nullopt;
  return std::get<Digest>(found->second);
}

std::map<std::string, std::int64_t> CursorFile::offsets_below(const std::string& prefix) const {
  std::map<std::string, std::int64_t> offsets;
  for (auto it = cursors_.lower_bound(prefix);
       it != cursors_.end() && it->first.starts_with(prefix); ++it)
    if (const auto* offset = std::get_if<std::int64_t>(&it->second))
      offsets[it->first.substr(prefix.size())] = *offset;
  return offsets;
}

std::optional<Problem> CursorFile::claim() {
  for (int tries = 0; tries < most_tries; ++tries) {
    Descriptor file(open_file(path_, O_RDWR | O_CREAT, 0666));
    if (file.get() < 0 && errno == EACCES) return std::nullopt;  // it may still be replaceable
    if (file.get() < 0)
      return Problem{fmt::format("cannot write {}: {}", name_, std::strerror(errno))};
    if (lock_file(file.get()) == EAGAIN)
      return Problem{fmt::format("{} is in use by another listenvo; give each its own", name_)};
    if (!is_at(path_, file.get())) continue;  // it was replaced meanwhile
    claimed_ = std::make_shared<Descriptor>(std::move(file));
    read_file();
    return std::nullopt;
  }
  return Problem{fmt::format("{} is being replaced repeatedly by another program", name_)};
}

std::optional<Problem> CursorFile::write() const {
  NewFile temporary = make_file_beside(path_, ".part", 0666);
  int error = temporary.error;
  if (error == 0) error = fill(temporary.file.get(), path_, text());
  if (error == 0 && claimed_)
    (void)lock_file(temporary.file.get());  // before another program can see it
  if (error == 0 && ::rename(temporary.path.c_str(), path_.c_str()) != 0) error = errno;
  if (error != 0 && temporary.error == 0) ::unlink(temporary.path.c_str());
  if (error == 0 && claimed_) *claimed_ = std::move(temporary.file);
  // Otherwise a power cut may restore the old file, or none, and events would be missed.
  if (error == 0) error = sync_folder(folder_of(path_));
  if (error == 0) return std::nullopt;
  return Problem{fmt::format("cannot write {}: {}", name_, std::strerror(error))};
}

}  // namespace vtp
