// The user that a program changes to once it has what only root may get (--user).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "lib/base/result.h"

namespace vtp {

// A user, and the group that the user has as first one.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;  // the user's home folder
  std::string shell;

  // The user that this process has already.
  [[nodiscard]] bool is_ours() const;
};

// NAME or NAME:GROUP, as the system knows them; the group is by default the user's own. One thread.
[[nodiscard]] Result<User> parse_user(std::string_view text);

// Sets HOME, USER, LOGNAME and SHELL for the user, and removes the variables that name folders of
// the former one (XDG_…): for the program, and for its commands. Does nothing if the process has this
// user already. Call it while there is one thread. Throws std::runtime_error if the process cannot
// change to the user: only root can.
void adopt_environment(const User& user);

// Changes to the user and its groups for good: there is no way back. Does nothing if the process has
// this user and group already. Throws std::runtime_error with one line if that is not possible.
void change_to(const User& user);

// Root gives what it has made, a folder or a socket, to the user. Does nothing if anything else is
// there, such as a link, or what is not root's. Throws std::runtime_error.
void give(const std::string& path, const User& user);

// While it lives, files are opened and made as the user would do it. Does nothing without a user, or
// if the process is not root's. Call it while there is one thread. Throws std::runtime_error.
class ActingAs {
 public:
  explicit ActingAs(const std::optional<User>& user);
  ~ActingAs();
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;

  // Whether it does something.
  explicit operator bool() const { return acts_; }

 private:
  bool acts_ = false;
  uid_t uid_ = 0;  // before
  gid_t gid_ = 0;
  std::vector<gid_t> groups_;
};

}  // namespace vtp
