// A program that runs until it is told to stop: where its diagnostics go, the PID file, detaching
// as a daemon, SIGHUP, and notifying the service manager.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/cli/daemon.h"
#include "lib/cli/log_file.h"
#include "lib/cli/notify.h"
#include "lib/cli/pid_file.h"
#include "lib/cli/user.h"

namespace vtp {

struct ServiceOptions {
  std::string name;                     // the program's
  Level most = Level::info;             // the least important level that is written
  std::optional<std::string> log_file;  // in place of standard error
  std::optional<User> user;             // that opens the log file; none: the process's own
  std::optional<std::string> pid_file;
  bool daemon = false;
  bool rereads = false;                            // the program rereads something at SIGHUP
  StandardOutput output = StandardOutput::closed;  // a daemon's
};

// One thread, except log(). The program must ignore SIGPIPE.
class Service {
 public:
  // Opens the log file. Call it before there are threads, since it removes NOTIFY_SOCKET from the
  // environment. Throws std::runtime_error with a message of one line. clock must outlive this.
  Service(ServiceOptions options, const Clock& clock);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }

  // Calls `work`, which is the whole program, and returns its exit status. An exception before
  // ready() is rethrown, to be reported on standard error; it is also written to the log file if
  // there is one. A later exception is written to the diagnostics, and also to standard error
  // unless the program has detached, and the status is 1; a reader of these that blocks does not
  // keep the program from ending.
  [[nodiscard]] int run(const std::function<int()>& work);

  // Call it at the beginning of `work`, before anything is acquired and before there is any Asio
  // context: locks and writes the PID file, and detaches. Returns an exit status if this process
  // must exit: it is the daemon's caller, or the program is already running, which is reported.
  // Throws std::runtime_error.
  [[nodiscard]] std::optional<int> start();

  // Call it once the program serves: detaches from the caller, and notifies the service manager.
  // From now on a thread writes the diagnostics (Diagnostics::gather). Throws std::runtime_error if the
  // caller has ended.
  void ready();

  // Whether the program handles SIGHUP. If so, start() ignores the signal until a handler is
  // installed.
  [[nodiscard]] bool heeds_hangup() const {
    return options_.daemon || options_.log_file || options_.rereads;
  }

  // After a SIGHUP: reopens the log file. Without a log file and without --daemon, if the signal
  // came because the terminal was closed, it ends the program at once, unless the program was
  // started with SIGHUP ignored (nohup(1)).
  void hangup();

  // Call it when the program begins to stop: notifies the service manager.
  void stopping();

 private:
  void tell_manager(const char* state);

  ServiceOptions options_;
  const Clock& clock_;
  Notifier manager_;
  std::optional<LogFile> log_file_;
  Diagnostics diagnostics_;
  std::optional<PidFile> pid_file_;
  Daemon daemon_;
  bool detached_ = false;
  bool serves_ = false;
  bool ends_with_terminal_ = false;
};

}  // namespace vtp
