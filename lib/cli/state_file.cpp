#include "lib/cli/state_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/new_file.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

// Empty if no variable is set.
fs::path state_folder() {
  // Several folders are separated by colons; the first one is used.
  if (const std::string state = variable("STATE_DIRECTORY"); !state.empty())
    return state.substr(0, state.find(':'));
  if (const std::string home = variable("XDG_STATE_HOME"); !home.empty())
    return fs::path(home) / "vtptools";
  if (const std::string user = variable("HOME"); !user.empty())
    return fs::path(user) / ".local" / "state" / "vtptools";
  return {};
}

// Not for everybody, because anyone who can read a database can block it.
constexpr mode_t group_may_enter = 0750;

[[noreturn]] void cannot_make(const fs::path& folder, int error) {
  throw std::runtime_error(
      fmt::format("cannot make the folder {}: {}", folder.string(), std::strerror(error)));
}

// Makes the folder and its parents.
void make_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return;
  if (folder.has_parent_path() && folder.parent_path() != folder) make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), group_may_enter) == 0) {
    // Otherwise a power failure could remove the folder again, with everything in it. This fails if
    // we may not read the parent folder.
    (void)sync_folder(folder / "..");
    return;
  }
  if (errno != EEXIST) cannot_make(folder, errno);
}

// A folder of root's, to which no symbolic link leads that others may have put there.
bool is_roots_own(const fs::path& folder) {
  struct stat status {};
  std::error_code error;
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == 0 &&
         fs::canonical(folder, error) == folder;
}

void check_access(const fs::path& path, int wanted, const User& user) {
  if (::access(path.c_str(), wanted) == 0) return;
  throw std::runtime_error(fmt::format("the user {} cannot use {}: {}; type: chown {} {}",
                                       user.name, path.string(), std::strerror(errno), user.name,
                                       path.string()));
}

}  // namespace

std::string state_file(const CommandLine& line, std::string_view option, std::string_view name) {
  if (const auto given = line.text(option)) {
    if (given->empty()) throw UsageError(fmt::format("--{}: there is no file name", option));
    std::error_code error;
    const bool is_folder = given->ends_with('/') || fs::is_directory(*given, error);
    return is_folder ? fs::path(*given) / name : fs::path(*given);
  }
  const fs::path folder = state_folder();
  if (folder.empty())
    throw UsageError(
        fmt::format("none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set: use --{}", option));
  return folder / name;
}

void make_folder_of(const std::string& file) {
  if (const fs::path folder = fs::path(file).parent_path(); !folder.empty()) make_folder(folder);
}

void give_folder_of(const std::string& file, const User& user) {
  const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
  if (user.is_ours() || !is_roots_own(folder.parent_path())) return;
  if (::mkdir(folder.c_str(), group_may_enter) != 0) {
    if (errno == EEXIST) return;
    cannot_make(folder, errno);
  }
  give(folder, user);
  (void)sync_folder(folder / "..");
}

void check_state_file(const std::string& file, const User& user) {
  const fs::path path = fs::absolute(file);
  check_access(path.parent_path(), R_OK | W_OK | X_OK, user);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (name == path.filename() || name.starts_with(path.filename().string() + "-"))
      check_access(entry.path(), R_OK | W_OK, user);
  }
}

}  // namespace vtp
