#include "lib/output/exec.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/net/coroutine.h"
#include "lib/output/command_output.h"
#include "lib/voevent/ivoid.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;
using How = CommandOutcome::How;

constexpr std::chrono::seconds first_pause{1};  // before the next try
constexpr std::chrono::seconds longest_pause{60};

// True for errors that may pass, because other programs may free what is missing. ENOSPC is among
// them: the system's limit for watched descriptors.
bool may_pass(const std::error_code& error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system ||
         error == std::errc::resource_unavailable_try_again ||
         error == std::errc::not_enough_memory || error == std::errc::no_space_on_device;
}

CommandOutcome not_started(How how, const std::error_code& error) {
  return {how, 0, "the command could not be started: " + error.message()};
}

// Changes a signal's disposition to `to` if it is `from`.
void change_disposition(int signal, void (*from)(int), void (*to)(int)) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  if ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == from) ::signal(signal, to);
}

std::vector<std::string> variables_of(const Headline& headline) {
  // Line breaks are replaced, since in the subject of a mail one would begin another header.
  return {"VOEVENT_IVORN=" + harmless(headline.ivorn), "VOEVENT_ROLE=" + harmless(headline.role),
          "VOEVENT_STREAM=" + harmless(stream_of(headline.ivorn))};
}

CommandOutcome outcome_of(ProcessEnd end) {
  if (end.by_signal)
    return {How::signal, end.number,
            fmt::format("the command was killed by signal {} ({})", end.number,
                        ::strsignal(end.number))};
  if (end.number != 0)
    return {How::exit_status, end.number,
            fmt::format("the command exited with status {}", end.number)};
  return {How::ok, 0, "the command exited with status 0"};
}

// True if another run may succeed.
bool is_failure(How how) {
  return how == How::exit_status || how == How::signal || how == How::timed_out ||
         how == How::failed;
}

// Writes the event to the command's standard input, until all is written or the command closes it.
asio::awaitable<void> feed(std::shared_ptr<Process> process, EventPtr event) {
  asio::error_code ignored;  // a command need not read its input
  co_await asio::async_write(process->input(), asio::buffer(event->bytes),
                             asio::redirect_error(asio::use_awaitable, ignored));
  process->input().close(ignored);
}

}  // namespace

// The free jobs, and the queue of those that wait for one.
class CommandRunner::Jobs : public std::enable_shared_from_this<Jobs> {
 public:
  Jobs(asio::any_io_executor executor, std::size_t count)
      : executor_(std::move(executor)), free_(count) {}

  // One job, given back by the destructor. Shares ownership of Jobs, since a coroutine may outlive
  // its runner when the context ends.
  class Job {
   public:
    explicit Job(std::shared_ptr<Jobs> jobs) : jobs_(std::move(jobs)) {}
    ~Job() {
      if (jobs_) jobs_->give_back();
    }
    Job(Job&&) = default;
    Job& operator=(Job&&) = delete;

   private:
    std::shared_ptr<Jobs> jobs_;
  };

  // Waits for a free job. Returns nothing once stopped.
  asio::awaitable<std::optional<Job>> take() {
    if (!stopped_ && free_ == 0) {
      const auto turn = std::make_shared<Turn>(Turn{asio::steady_timer(executor_), false});
      waiting_.push_back(turn);
      turn->timer.expires_at(steady_clock::time_point::max());
      asio::error_code ignored;
      co_await turn->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      if (turn->come) ++free_;
    }
    if (stopped_) co_return std::nullopt;
    --free_;
    co_return Job(shared_from_this());
  }

  void stop() {
    stopped_ = true;
    for (const auto& waiting : waiting_)
      if (const auto turn = waiting.lock()) turn->timer.cancel();
    waiting_.clear();
  }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  struct Turn {
    asio::steady_timer timer;
    bool come;
  };

  // Passes the job to the one that has waited longest, so that a later one does not get it first.
  void give_back() {
    while (!waiting_.empty()) {
      const auto turn = waiting_.front().lock();
      waiting_.pop_front();
      if (!turn) continue;
      turn->come = true;
      turn->timer.cancel();
      return;
    }
    ++free_;
  }

  asio::any_io_executor executor_;
  std::size_t free_;
  std::deque<std::weak_ptr<Turn>> waiting_;
  bool stopped_ = false;
};

// A running command, and the first error on our side.
struct CommandRunner::Running {
  void fail(const std::exception_ptr& what) {
    problem = what;
    process->interrupt();
  }

  std::shared_ptr<Process> process;
  std::exception_ptr problem;
};

CommandRunner::CommandRunner(asio::any_io_executor executor, CommandOptions options,
                             const Diagnostics& diagnostics)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      diagnostics_(diagnostics),
      jobs_(std::make_shared<Jobs>(executor_, options_.jobs)),
      before_start_(executor_),
      before_next_run_(executor_) {
  change_disposition(SIGPIPE, SIG_DFL, SIG_IGN);
  change_disposition(SIGCHLD, SIG_IGN, SIG_DFL);
}

CommandRunner::~CommandRunner() = default;

asio::awaitable<CommandOutcome> CommandRunner::run(EventPtr event) {
  const CommandOutcome outcome = co_await execute(event);
  if (outcome.how != How::ok) {
    ++failures_;
    if (!outcome.text.empty()) diagnostics_.warning("{}: {}", label(*event), outcome.text);
  }
  co_return outcome;
}

std::string CommandRunner::label(const Event& event) const {
  return options_.name.empty() ? event.headline.ivorn : event.headline.ivorn + ": " + options_.name;
}

asio::awaitable<CommandOutcome> CommandRunner::execute(EventPtr event) {
  const auto job = co_await jobs_->take();
  if (!job) co_return CommandOutcome{How::stopped, 0, "the command was not started"};
  if (options_.retry) co_return co_await execute_until_it_succeeds(std::move(event));
  co_return co_await execute_once(std::move(event));
}

asio::awaitable<CommandOutcome> CommandRunner::execute_until_it_succeeds(EventPtr event) {
  if (gave_up_) co_return CommandOutcome{How::put_off, 0, ""};
  for (std::size_t runs = 1;; ++runs) {
    CommandOutcome outcome = co_await execute_once(event);
    if (outcome.how == How::ok) {
      before_next_run_.back_off.reset();
      if (runs > 1)
        diagnostics_.info("{}: the command has succeeded, at run {}", label(*event), runs);
    }
    if (!is_failure(outcome.how)) co_return outcome;
    if (!retries_) {
      gave_up_ = true;
      co_return CommandOutcome{How::put_off, outcome.number,
                               outcome.text + "; it is put off, and so are those after it"};
    }
    if (runs == 1)
      diagnostics_.warning("{}: {}; running it again until it succeeds", label(*event),
                           outcome.text);
    co_await before_next_run_.wait();
    if (jobs_->stopped())
      co_return CommandOutcome{How::stopped, 0, "the command was not run again"};
  }
}

asio::awaitable<CommandOutcome> CommandRunner::execute_once(EventPtr event) {
  const Started started = co_await start(event);
  if (!started.process) {
    if (jobs_->stopped()) co_return not_started(How::stopped, started.error);
    co_return not_started(may_pass(started.error) ? How::put_off : How::could_not_start,
                          started.error);
  }
  const auto running = std::make_shared<Running>(Running{started.process, {}});
  std::erase_if(running_, [](const auto& other) { return other.expired(); });
  running_.push_back(started.process);
  co_return co_await attend(running, std::move(event));
}

// Tries until the command is started, or until stop() or stop_retrying().
asio::awaitable<Started> CommandRunner::start(EventPtr event) {
  const bool logged = options_.output == CommandOutput::log;
  while (true) {
    Started started = Process::start(executor_, options_.command, variables_of(event->headline),
                                     logged ? ProcessOutput::piped : ProcessOutput::inherited);
    if (started.process && std::exchange(in_trouble_, false)) {
      before_start_.back_off.reset();
      diagnostics_.info("Commands can be started again");
    }
    if (started.process || !may_pass(started.error) || !retries_) co_return started;
    if (!std::exchange(in_trouble_, true))
      diagnostics_.warning("{}: the command could not be started: {}; trying again until it can be",
                           label(*event), started.error.message());
    co_await before_start_.wait();
    if (jobs_->stopped()) co_return started;
  }
}

CommandRunner::Pause::Pause(const asio::any_io_executor& executor)
    : back_off(first_pause, longest_pause), next_try(executor) {}

asio::awaitable<void> CommandRunner::Pause::wait() {
  if (next_try.expiry() <= steady_clock::now()) next_try.expires_after(back_off.next());
  asio::error_code ignored;
  co_await next_try.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// Attends to the command until it has ended. An error on our side, such as a lack of memory, ends
// it.
asio::awaitable<CommandOutcome> CommandRunner::attend(std::shared_ptr<Running> running,
                                                      EventPtr event) {
  const std::shared_ptr<Process> process = running->process;
  std::shared_ptr<CommandOutputLines> lines;
  CommandOutcome outcome{How::failed, 0, ""};
  try {
    spawn(executor_, feed(process, event), [running](const std::exception_ptr& problem) {
      if (problem) running->fail(problem);
    });
    if (options_.output == CommandOutput::log) {
      lines = std::make_shared<CommandOutputLines>(process, diagnostics_, label(*event));
      spawn(executor_, CommandOutputLines::follow(lines),
            [running](const std::exception_ptr& problem) {
              if (problem) running->fail(problem);
            });
    }
    outcome = co_await supervise(running);
  } catch (...) {
    running->fail(std::current_exception());
    process->signal_group(SIGKILL);
  }
  asio::error_code ignored;
  process->input().close(ignored);
  if (lines) lines->finish();
  if (outcome.how == How::failed)
    outcome.text = "the command was ended: " + reason_of(running->problem);
  if (outcome.how != How::ok && lines && !lines->last().empty())
    outcome.text += ": " + lines->last();
  co_return outcome;
}

asio::awaitable<CommandOutcome> CommandRunner::supervise(std::shared_ptr<Running> running) {
  Process& process = *running->process;
  const auto end = co_await process.ended_by(steady_clock::now() + options_.timeout);
  if (end) co_return outcome_of(*end);

  const double seconds = std::chrono::duration<double>(options_.timeout).count();
  CommandOutcome outcome{How::timed_out, 0,
                         fmt::format("the command took longer than {:.3g} s", seconds)};
  if (running->problem) outcome = {How::failed, 0, ""};
  if (jobs_->stopped()) outcome = {How::stopped, 0, "the command was stopped"};
  process.signal_group(SIGTERM);
  co_await process.group_ended_by(steady_clock::now() + options_.grace);
  process.signal_group(SIGKILL);
  while (!co_await process.ended_by(steady_clock::time_point::max())) {
  }
  co_return outcome;
}

void CommandRunner::stop_retrying() {
  retries_ = false;
  before_start_.next_try.cancel();
  before_next_run_.next_try.cancel();
}

void CommandRunner::stop() {
  jobs_->stop();
  stop_retrying();
  for (const auto& running : running_)
    if (const auto process = running.lock()) process->interrupt();
}

}  // namespace vtp
