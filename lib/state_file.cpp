#include "lib/state_file.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace vtp {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

// Empty if there is none.
fs::path state_folder() {
  // Several are separated by colons.
  if (const std::string state = variable("STATE_DIRECTORY"); !state.empty())
    return state.substr(0, state.find(':'));
  if (const std::string home = variable("XDG_STATE_HOME"); !home.empty())
    return fs::path(home) / "vtptools";
  if (const std::string user = variable("HOME"); !user.empty())
    return fs::path(user) / ".local" / "state" / "vtptools";
  return {};
}

}  // namespace

std::string state_file(const CommandLine& line, std::string_view option, std::string_view name) {
  if (const auto file = line.text(option)) return *file;
  const fs::path folder = state_folder();
  if (folder.empty())
    throw UsageError(fmt::format(
        "there is no STATE_DIRECTORY, XDG_STATE_HOME or HOME to keep events in: use --{}", option));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
  return folder / name;
}

}  // namespace vtp
