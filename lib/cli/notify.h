// Tells the service manager, if one started this program, its state: sd_notify(3).
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace vtp {

class Notifier {
 public:
  // Removes NOTIFY_SOCKET from the environment, so that no command can report in our name. Call it
  // before there are threads.
  Notifier();

  // Sends "READY=1", "STOPPING=1" and the like; the timeout is 5 s. Does nothing if there is no
  // service manager. Any thread.
  [[nodiscard]] std::error_code tell(std::string_view state) const;

  // The value of $NOTIFY_SOCKET: a path, or an abstract name after an @; empty if it was not set.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vtp
