#include "lib/output/save.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/descriptor.h"
#include "lib/base/new_file.h"
#include "lib/voevent/ivoid.h"

namespace vtp {
namespace {

constexpr std::size_t longest_stem = 120;

constexpr std::string_view safe_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

bool is_unsafe(char c) { return safe_characters.find(c) == std::string_view::npos; }

// True for names of devices on DOS and Windows, with any ending.
bool is_device(std::string_view stem) {
  std::string name = lower_case(stem.substr(0, stem.find('.')));
  if (name.size() == 4 && name[3] >= '0' && name[3] <= '9') name[3] = '#';
  static constexpr std::string_view devices[] = {"con", "prn", "aux", "nul", "com#", "lpt#"};
  return std::ranges::find(devices, name) != std::end(devices);
}

std::string safe_text(std::string_view ivorn) {
  std::string text(without_scheme(ivorn));
  std::ranges::replace_if(text, is_unsafe, '_');
  if (text.empty()) text = "event";
  if (text.front() == '.' || text.front() == '-') text.front() = '_';
  if (is_device(text)) text.insert(0, "_");
  return text;
}

// A temporary file that the destructor removes, unless it was renamed.
struct Temporary {
  ~Temporary() {
    if (!path.empty()) ::unlink(path.c_str());
  }
  std::string path;
};

// These functions return 0 or an errno value.

int write_file(const std::string& path, std::string_view bytes) {
  const Descriptor file(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0666));
  if (file.get() < 0) return errno;
  const int error = write_all(file.get(), bytes);
  return error == 0 ? sync_file(file.get()) : error;
}

// Renames the temporary file; EEXIST if the name is taken.
int publish(const std::string& temporary, const std::string& path) {
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
    return 0;
  // Not every file system and kernel supports RENAME_NOREPLACE; those without hard links (FAT) do.
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::link(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
}

enum class Found { nothing, same, other };

// Compares what is at that path with the bytes. Anything but a regular file counts as different,
// and is not waited for.
Found look(const std::string& path, std::string_view bytes) {
  const Descriptor file(open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return errno == ENOENT ? Found::nothing : Found::other;
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::size_t>(status.st_size) != bytes.size())
    return Found::other;
  std::array<char, 16 * 1024> piece;
  while (!bytes.empty()) {
    const ssize_t got = ::read(file.get(), piece.data(), std::min(piece.size(), bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || !bytes.starts_with({piece.data(), static_cast<std::size_t>(got)}))
      return Found::other;
    bytes.remove_prefix(static_cast<std::size_t>(got));
  }
  return Found::same;
}

}  // namespace

std::string file_stem(std::string_view ivorn) { return safe_text(ivorn).substr(0, longest_stem); }

EventFolder::EventFolder(std::string folder)
    : folder_(std::move(folder)),
      token_(std::uint64_t{std::random_device{}()} << 32 | std::random_device{}()) {
  // Otherwise "events/", as a shell's completion writes it, would give paths with "events//".
  while (folder_.size() > 1 && folder_.ends_with('/'))
    folder_.pop_back();
  const auto unusable = [&] {
    return std::runtime_error(fmt::format(
        "cannot save to {}: {}", folder_.empty() ? "\"\"" : folder_, std::strerror(errno)));
  };
  if (::mkdir(folder_.c_str(), 0777) == 0)
    (void)sync_folder(folder_ + "/..");  // fails if we may not read the parent
  else if (errno != EEXIST)
    throw unusable();
  const Descriptor opened(open_file(folder_, O_RDONLY | O_DIRECTORY));
  if (opened.get() < 0 || ::access(folder_.c_str(), W_OK | X_OK) != 0) throw unusable();
}

Result<std::string> EventFolder::save(const Event& event) const {
  const auto failed = [&](int error) {
    return Problem{fmt::format("cannot save to {}: {}", folder_, std::strerror(error))};
  };
  const std::string text = safe_text(event.headline.ivorn);
  const std::string stem = text.substr(0, longest_stem);
  const std::string digest = event.digest.hex();
  const std::string names[] = {stem, stem + "@" + digest.substr(0, 8), stem + "@" + digest};

  Temporary temporary;
  for (std::size_t i = text.size() > longest_stem ? 1 : 0; i < std::size(names); ++i) {
    const std::string path = fmt::format("{}/{}.xml", folder_, names[i]);
    Found found = look(path, event.bytes);
    if (found == Found::nothing) {
      if (temporary.path.empty()) {
        temporary.path = new_temporary_path();
        if (const int error = write_file(temporary.path, event.bytes)) return failed(error);
      }
      const int error = publish(temporary.path, path);
      if (error != 0 && error != EEXIST) return failed(error);
      found = error == 0 ? Found::same : look(path, event.bytes);
    }
    if (found != Found::same) continue;
    // Also for an existing file: its writer may not have synced the folder yet.
    if (const int error = sync_folder(folder_)) return failed(error);
    return path;
  }
  return Problem{
      fmt::format("cannot save to {}: something else has the name {}.xml", folder_, names[2])};
}

std::string EventFolder::new_temporary_path() const {
  return fmt::format("{}/.vtp-{:016x}-{}.part", folder_, token_, ++count_);
}

}  // namespace vtp
