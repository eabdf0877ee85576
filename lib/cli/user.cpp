#include "lib/cli/user.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/descriptor.h"
#include "lib/base/new_file.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr uid_t root = 0;

[[noreturn]] void fail(const User& user) {
  throw std::runtime_error(
      fmt::format("cannot become the user {}: {}", user.name, std::strerror(errno)));
}

[[noreturn]] void not_root(const User& user) {
  throw std::runtime_error(fmt::format(
      "cannot become the user {}: only root can; start as root, or without --user", user.name));
}

std::vector<gid_t> groups_of(const User& user) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(user.name.c_str(), user.gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));  // which is what there are
    if (::getgrouplist(user.name.c_str(), user.gid, groups.data(), &count) < 0) fail(user);
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

std::vector<gid_t> our_groups() {
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  if (count > 0) groups.resize(static_cast<std::size_t>(::getgroups(count, groups.data())));
  return groups;
}

// Every one of the three ids, so that none of them leads back.
bool has_left_root(const User& user) {
  std::array<uid_t, 3> users{};
  std::array<gid_t, 3> groups{};
  ::getresuid(users.data(), &users[1], &users[2]);
  ::getresgid(groups.data(), &groups[1], &groups[2]);
  return std::ranges::all_of(users, [&](uid_t each) { return each == user.uid; }) &&
         std::ranges::all_of(groups, [&](gid_t each) { return each == user.gid; }) &&
         ::setuid(root) != 0 && ::seteuid(root) != 0;
}

}  // namespace

bool User::is_ours() const { return uid == ::geteuid() && gid == ::getegid(); }

Result<User> parse_user(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string name(text.substr(0, colon));
  const passwd* const known = ::getpwnam(name.c_str());
  if (!known) return Problem{fmt::format("there is no user {}", printable(name))};
  User user{name, known->pw_uid, known->pw_gid, known->pw_dir, known->pw_shell};
  if (colon == std::string_view::npos) return user;
  const std::string group_name(text.substr(colon + 1));
  const group* const first = ::getgrnam(group_name.c_str());
  if (!first) return Problem{fmt::format("there is no group {}", printable(group_name))};
  user.gid = first->gr_gid;
  return user;
}

void adopt_environment(const User& user) {
  if (user.is_ours()) return;
  if (::geteuid() != root) not_root(user);
  for (const char* folder :
       {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"})
    ::unsetenv(folder);
  ::setenv("HOME", user.home.c_str(), 1);
  ::setenv("SHELL", user.shell.c_str(), 1);
  ::setenv("USER", user.name.c_str(), 1);
  ::setenv("LOGNAME", user.name.c_str(), 1);
}

void change_to(const User& user) {
  if (user.is_ours()) return;
  if (::geteuid() != root) not_root(user);
  const std::vector<gid_t> groups = groups_of(user);
  // The user last: who is no longer root may change none of them.
  if (::setgroups(groups.size(), groups.data()) != 0 ||
      ::setresgid(user.gid, user.gid, user.gid) != 0 ||
      ::setresuid(user.uid, user.uid, user.uid) != 0)
    fail(user);
  if (user.uid != root && !has_left_root(user))
    throw std::runtime_error(
        fmt::format("cannot become the user {}: there is a way back to root", user.name));
}

// By a descriptor, so that what is given is what was looked at.
void give(const std::string& path, const User& user) {
  const Descriptor place(open_file(path, O_PATH | O_NOFOLLOW));
  struct stat status {};
  if (place.get() < 0 || ::fstat(place.get(), &status) != 0) return;
  if (!(S_ISDIR(status.st_mode) || S_ISSOCK(status.st_mode)) || status.st_uid != root) return;
  if (::fchownat(place.get(), "", user.uid, user.gid, AT_EMPTY_PATH) != 0)
    throw std::runtime_error(
        fmt::format("cannot give {} to the user {}: {}", path, user.name, std::strerror(errno)));
}

ActingAs::ActingAs(const std::optional<User>& user) {
  if (!user || user->is_ours() || ::geteuid() != root) return;
  uid_ = ::geteuid();
  gid_ = ::getegid();
  groups_ = our_groups();
  const std::vector<gid_t> groups = groups_of(*user);
  if (::setgroups(groups.size(), groups.data()) != 0) fail(*user);
  if (::setegid(user->gid) != 0 || ::seteuid(user->uid) != 0) fail(*user);
  acts_ = true;
}

// A process that is not who it takes itself for must not go on.
ActingAs::~ActingAs() {
  if (!acts_) return;
  if (::seteuid(uid_) != 0 || ::setegid(gid_) != 0 ||
      ::setgroups(groups_.size(), groups_.data()) != 0)
    std::terminate();
}

}  // namespace vtp
