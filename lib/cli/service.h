// A program that serves until it is told to stop: where its log goes, that it runs once only, how it
// detaches, and whom it tells that it serves.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/cli/daemon.h"
#include "lib/cli/log_file.h"
#include "lib/cli/notify.h"
#include "lib/cli/pid_file.h"

namespace vtp {

struct ServiceOptions {
  std::string name;                     // the program's
  Level most = Level::info;             // the least important level that is said
  std::optional<std::string> log_file;  // in place of standard error
  std::optional<std::string> pid_file;
  bool daemon = false;
  bool rereads = false;                            // something at each SIGHUP, which is then for it
  StandardOutput output = StandardOutput::closed;  // a daemon's
};

// One thread, but for log(). The program ignores SIGPIPE.
class Service {
 public:
  // Opens the log. Before there are threads, since it takes NOTIFY_SOCKET out of the environment.
  // Throws std::runtime_error, in one line. clock must live longer.
  Service(ServiceOptions options, const Clock& clock);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] const Log& log() const { return log_; }

  // Does all of the program's work, which gives its exit status. What it throws before ready() is thrown
  // on, for standard error; it is logged where that is not the same. What it throws later is logged, and
  // said on standard error too unless it has detached, and the status is 1: from then on nothing that
  // nobody reads keeps it from ending.
  [[nodiscard]] int run(const std::function<int()>& work);

  // At the beginning of the work, before it takes anything and before there is any Asio context:
  // takes the pid file, and detaches. Gives an exit status if that is all for this process: it is
  // the daemon's caller, or the program runs already, which it says. Throws std::runtime_error.
  [[nodiscard]] std::optional<int> start();

  // Once it serves: detaches from the caller, and tells the service manager. From now on only a thread of
  // the log's own writes it (Log::gather). Throws std::runtime_error if the caller is there no more.
  void ready();

  // Whether SIGHUP is for us. From start() on it is then ignored, until there is a handler.
  [[nodiscard]] bool heeds_hangup() const {
    return options_.daemon || options_.log_file || options_.rereads;
  }

  // After a SIGHUP: opens the log file anew. Where there is none, and no daemon, the signal ends the program
  // at once if it says that the terminal is gone in which it was started, unless it was started to ignore
  // that (nohup(1)).
  void hangup();

  // When it begins to stop: tells the service manager.
  void stopping();

 private:
  void tell_manager(const char* state);

  ServiceOptions options_;
  const Clock& clock_;
  Notifier manager_;
  std::optional<LogFile> log_file_;
  Log log_;
  std::optional<PidFile> pid_file_;
  Daemon daemon_;
  bool detached_ = false;
  bool serves_ = false;
  bool ends_with_terminal_ = false;
};

}  // namespace vtp
