#include "lib/cli/state_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>

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

// Makes the folder and its parents. Mode 0700, because anyone who can read a database can block it.
void make_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return;
  if (folder.has_parent_path() && folder.parent_path() != folder) make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) == 0) {
    // Otherwise a power failure could remove the folder again, with everything in it. This fails if
    // we may not read the parent folder.
    (void)sync_folder(folder / "..");
    return;
  }
  if (errno == EEXIST) return;
  throw std::runtime_error(
      fmt::format("cannot make the folder {}: {}", folder.string(), std::strerror(errno)));
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

}  // namespace vtp
