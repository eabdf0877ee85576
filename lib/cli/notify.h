// Tells the service manager that started us, if one did, how we are: sd_notify(3).
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace vtp {

class Notifier {
 public:
  // Takes NOTIFY_SOCKET out of the environment, so that no command speaks in our name; so before
  // there are threads.
  Notifier();

  // Tells it "READY=1", "STOPPING=1" and the like, and waits 5 s at most for it to take that. Does
  // nothing if there is no service manager. Any thread.
  [[nodiscard]] std::error_code tell(std::string_view state) const;

  // $NOTIFY_SOCKET, or nothing: a path, or an abstract name after an @.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vtp
