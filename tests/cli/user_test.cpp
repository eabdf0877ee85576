#include "lib/cli/user.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/as_user.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;

// A user that every system has.
User nobody() { return parse_user("nobody").value(); }

uid_t owner_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_uid;
}

void make_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
}

// What a process can no longer do once it is not root's.
bool cannot_return() {
  return ::setuid(0) != 0 && ::seteuid(0) != 0 && ::setgid(0) != 0 && ::setgroups(0, nullptr) != 0;
}

}  // namespace

TEST_CASE("a user is one that the system knows") {
  const auto root = parse_user("root");
  REQUIRE(root);
  CHECK(root->uid == 0);
  CHECK(root->gid == 0);
  CHECK_FALSE(root->home.empty());
  CHECK(root->is_ours() == is_root());
  CHECK(parse_user("no such user").problem() == "there is no user no such user");
  CHECK(parse_user("").problem() == "there is no user ");
}

TEST_CASE("a group may be given with the user") {
  const std::string group = ::getgrgid(nobody().gid)->gr_name;
  const auto root = parse_user("root:" + group);
  REQUIRE(root);
  CHECK(root->uid == 0);
  CHECK(root->gid == nobody().gid);
  CHECK_FALSE(root->is_ours());
  CHECK(parse_user("root:no such group").problem() == "there is no group no such group");
  CHECK_FALSE(parse_user("root:"));
}

TEST_CASE("a process that changes to a user has left root") {
  if (!may_change_user()) return;
  CHECK(in_child([] {
    change_to(nobody());
    const bool is_changed = ::getuid() == nobody().uid && ::geteuid() == nobody().uid &&
                            ::getgid() == nobody().gid && ::getegid() == nobody().gid;
    const bool has_its_groups = ::getgroups(0, nullptr) <= 1;
    return is_changed && has_its_groups && cannot_return() && nobody().is_ours();
  }));
  CHECK(in_child([] {
    change_to(parse_user("root").value());  // which it is
    return ::setuid(0) == 0;
  }));
}

TEST_CASE("a process that is not root's keeps its user") {
  const auto refuses = [](const User& user) {
    try {
      change_to(user);
    } catch (const std::runtime_error& error) {
      return std::string(error.what()) ==
             "cannot become the user root: only root can; start as root, or without --user";
    }
    return false;
  };
  CHECK(in_child([&] {
    if (is_root()) change_to(nobody());
    adopt_environment(parse_user(::getpwuid(::getuid())->pw_name).value());
    return refuses(parse_user("root").value());
  }));
}

TEST_CASE("the environment is the user's") {
  if (!may_change_user()) return;
  CHECK(in_child([] {
    ::setenv("HOME", "/root", 1);
    ::setenv("XDG_STATE_HOME", "/root/state", 1);
    ::setenv("STATE_DIRECTORY", "/var/lib/x", 1);
    adopt_environment(nobody());
    return std::getenv("HOME") == nobody().home && std::getenv("USER") == nobody().name &&
           std::getenv("LOGNAME") == nobody().name && std::getenv("SHELL") == nobody().shell &&
           !std::getenv("XDG_STATE_HOME") && std::getenv("STATE_DIRECTORY");
  }));
}

TEST_CASE("root acts as a user for a while") {
  if (!may_change_user()) return;
  const TemporaryFolder folder;
  REQUIRE(::chmod(folder.file("").c_str(), 0777) == 0);
  {
    const ActingAs acting(nobody());
    CHECK(acting);
    std::ofstream(folder.file("theirs")) << "x";
  }
  std::ofstream(folder.file("ours")) << "x";
  CHECK(owner_of(folder.file("theirs")) == nobody().uid);
  CHECK(owner_of(folder.file("ours")) == 0);
  CHECK_FALSE(ActingAs(std::nullopt));
  CHECK_FALSE(ActingAs(parse_user("root").value()));
}

TEST_CASE("root gives folders and sockets of its own to a user, and nothing else") {
  if (!may_change_user()) return;
  const TemporaryFolder folder;
  fs::create_directory(folder.file("folder"));
  make_socket(folder.file("socket"));
  std::ofstream(folder.file("file")) << "x";
  fs::create_symlink(folder.file("file"), folder.file("link"));
  fs::create_directory(folder.file("daemon's"));
  REQUIRE(::chown(folder.file("daemon's").c_str(), 1, 1) == 0);
  for (const char* name : {"folder", "socket", "file", "link", "daemon's", "none"})
    give(folder.file(name), nobody());
  CHECK(owner_of(folder.file("folder")) == nobody().uid);
  CHECK(owner_of(folder.file("socket")) == nobody().uid);
  CHECK(owner_of(folder.file("file")) == 0);
  CHECK(owner_of(folder.file("link")) == 0);
  CHECK(owner_of(folder.file("daemon's")) == 1);
}

}  // namespace vtp
