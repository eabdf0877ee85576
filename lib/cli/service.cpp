#include "lib/cli/service.h"

#include <csignal>
#include <exception>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "lib/base/descriptor.h"

namespace vtp {
namespace {

constexpr int failure_status = 1;

// Opens /dev/null for any of descriptors 0, 1 and 2 that is closed. Otherwise the next file or
// socket would get that number, and everything that is printed would go into it.
void fill_standard_descriptors() {
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO)
    fd = ::open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) ::close(fd);
}

bool has_terminal() {
  return Descriptor(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)).get() >= 0;
}

bool ignores_hangup() {
  struct sigaction action {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// The user that the program changes to opens the log file, as it does again at SIGHUP: root might
// follow a link that the user has put there.
std::optional<LogFile> log_file_of(const ServiceOptions& options) {
  fill_standard_descriptors();  // before anything is opened
  if (!options.log_file) return std::nullopt;
  const ActingAs acting(options.user);
  try {
    return std::optional<LogFile>(std::in_place, *options.log_file);
  } catch (const std::runtime_error& error) {
    if (!acting) throw;
    throw std::runtime_error(fmt::format("{} (as the user {})", error.what(), options.user->name));
  }
}

}  // namespace

Service::Service(ServiceOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      log_file_(log_file_of(options_)),
      diagnostics_(options_.name, LineStyle::service, options_.most, clock,
                   log_file_ ? log_file_->fd() : STDERR_FILENO) {}

int Service::run(const std::function<int()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    if (detached_ || serves_ || log_file_) diagnostics_.error("{}", error.what());
    if (!detached_ && !serves_) throw;
    if (!detached_ && log_file_) {
      // gather(): the reader of standard error may block too.
      Diagnostics shown(options_.name, LineStyle::tool, Level::error, clock_);
      shown.gather();
      shown.error("{}", error.what());
    }
    return failure_status;
  }
}

std::optional<int> Service::start() {
  if (options_.pid_file) {
    pid_file_.emplace(*options_.pid_file);
    if (!pid_file_->is_ours()) {
      // On standard error, for the caller: the log file belongs to the running instance.
      const Diagnostics caller(options_.name, LineStyle::tool, options_.most, clock_);
      const auto holder = pid_file_->holder();
      caller.info("already running{} ({})", holder ? fmt::format(" as process {}", *holder) : "",
                  *options_.pid_file);
      return failure_status;
    }
  }
  if (options_.daemon)
    if (const auto status = daemon_.detach()) return status;
  ends_with_terminal_ =
      !options_.daemon && !options_.log_file && !ignores_hangup() && has_terminal();
  if (heeds_hangup()) std::signal(SIGHUP, SIG_IGN);
  if (pid_file_) pid_file_->write();
  return std::nullopt;
}

void Service::ready() {
  if (options_.daemon) {
    if (!log_file_) diagnostics_.info("Nothing is logged from here on: there is no --logfile");
    daemon_.ready(options_.output, log_file_ ? std::optional(log_file_->fd()) : std::nullopt);
    detached_ = true;
  }
  tell_manager("READY=1");
  diagnostics_.gather();
  serves_ = true;
}

void Service::hangup() {
  if (ends_with_terminal_ && !has_terminal()) {
    std::signal(SIGHUP, SIG_DFL);
    std::raise(SIGHUP);
  }
  if (!log_file_) return;
  diagnostics_
      .flush();  // into the old file; what cannot be written there now goes into the new one
  if (const std::error_code error = log_file_->reopen()) {
    diagnostics_.error("Cannot reopen the log file {}: {}; continuing in the old file",
                       log_file_->path(), error.message());
    return;
  }
  if (detached_)
    ::dup2(log_file_->fd(), STDERR_FILENO);  // for the output of libraries and commands
  diagnostics_.info("Reopened the log file {}", log_file_->path());
}

void Service::stopping() { tell_manager("STOPPING=1"); }

void Service::tell_manager(const char* state) {
  if (const std::error_code error = manager_.tell(state))
    diagnostics_.warning("Cannot tell {} to NOTIFY_SOCKET {}: {}", state, manager_.path(),
                         error.message());
}

}  // namespace vtp
