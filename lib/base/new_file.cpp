#include "lib/base/new_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <random>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

constexpr int tries = 10;  // to find a free name
constexpr int always = O_RDWR | O_NOFOLLOW | O_NOCTTY;

NewFile open_new(std::string path, int flags, mode_t mode) {
  Descriptor file(open_file(path, always | flags, mode));
  const int error = file.get() < 0 ? errno : 0;
  return {std::move(file), std::move(path), error};
}

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

int open_file(const std::string& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

int sync_folder(const std::string& path) {
  const Descriptor folder(open_file(path, O_RDONLY | O_DIRECTORY));
  return folder.get() < 0 ? errno : sync_file(folder.get());
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1) + '.'; }

NewFile make_file_beside(const std::string& path, const std::string& ending, mode_t mode) {
  NewFile made;
  for (int i = 0; i == 0 || (i < tries && made.error == EEXIST); ++i)
    made = open_new(fmt::format("{}.{:016x}{}", path, random_number(), ending), O_CREAT | O_EXCL,
                    mode);
  return made;
}

NewFile make_nameless_file_beside(const std::string& path) {
  NewFile made = open_new(folder_of(path), O_TMPFILE, 0600);
  made.path.clear();
  // These errors mean that the file system or the kernel does not support O_TMPFILE.
  if (made.error != EOPNOTSUPP && made.error != EISDIR && made.error != EINVAL) return made;
  made = make_file_beside(path, ".part", 0600);
  if (made.error == 0) ::unlink(made.path.c_str());
  made.path.clear();
  return made;
}

NewFile open_or_make_file(const std::string& path, mode_t mode) {
  // O_NONBLOCK, so as not to wait for the reader of a FIFO.
  NewFile opened = open_new(path, O_CREAT | O_NONBLOCK, mode);
  if (opened.error != 0) return opened;
  struct stat status {};
  if (::fstat(opened.file.get(), &status) != 0)
    opened.error = errno;
  else if (!S_ISREG(status.st_mode))
    opened.error = EINVAL;
  if (opened.error != 0) opened.file = {};
  return opened;
}

int occupy_room(const std::string& path, std::size_t room) {
  const auto no_room = [](int error) { return error == ENOSPC || error == EDQUOT ? error : 0; };
  const NewFile made = make_nameless_file_beside(path);
  if (made.error != 0) return no_room(made.error);  // other errors need not affect the database
  const std::string piece(std::min<std::size_t>(room, 64 * 1024), 'x');
  int error = 0;
  for (std::size_t left = room; left > 0 && error == 0; left -= std::min(left, piece.size()))
    error = write_all(made.file.get(), std::string_view(piece).substr(0, left));
  return error == 0 ? sync_file(made.file.get()) : error;
}

bool everybody_may_read(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return false;
  std::size_t end = file.rfind('/');
  for (; end != std::string::npos; end = end == 0 ? std::string::npos : file.rfind('/', end - 1))
    if (::stat(file.substr(0, end + 1).c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0)
      return false;
  return true;
}

}  // namespace vtp
