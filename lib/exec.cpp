#include "lib/exec.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include "lib/characters.h"
#include "lib/coroutine.h"
#include "lib/ivoid.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;
using How = CommandOutcome::How;

constexpr std::size_t longest_line = 1000;  // bytes
// As much as a pipe holds: what a command wrote before it ended, and no more of what others write.
constexpr std::size_t most_left_behind = 64 * 1024;

constexpr std::chrono::seconds first_pause{1};  // before what could not be started is tried again
constexpr std::chrono::seconds longest_pause{60};

// Others may give back what is missing. The system has no room for more watched descriptors, too.
bool may_pass(const std::error_code& error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system ||
         error == std::errc::resource_unavailable_try_again ||
         error == std::errc::not_enough_memory || error == std::errc::no_space_on_device;
}

CommandOutcome not_started(How how, const std::error_code& error) {
  return {how, 0, "the command could not be started: " + error.message()};
}

// Where a signal has that disposition, it gets the other.
void change_disposition(int signal, void (*from)(int), void (*to)(int)) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  if ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == from) ::signal(signal, to);
}

std::vector<std::string> variables_of(const Headline& headline) {
  // In a mail's subject a line break begins another header.
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

// Gives the command its standard input, until it has it or it is closed.
asio::awaitable<void> feed(std::shared_ptr<Process> process, EventPtr event) {
  asio::error_code ignored;  // a command need not read what it gets
  co_await asio::async_write(process->input(), asio::buffer(event->bytes),
                             asio::redirect_error(asio::use_awaitable, ignored));
  process->input().close(ignored);
}

// What a command writes, line by line into the log.
class OutputLines {
 public:
  OutputLines(std::shared_ptr<Process> process, const Log& log, std::string ivorn)
      : process_(std::move(process)), log_(log), ivorn_(std::move(ivorn)) {}

  static asio::awaitable<void> follow(std::shared_ptr<OutputLines> lines) {
    // Waits only, and reads when it is its turn: a read under way would keep what finish() wants.
    asio::error_code error;
    do {
      co_await lines->output().async_wait(asio::posix::stream_descriptor::wait_read,
                                          asio::redirect_error(asio::use_awaitable, error));
      if (!error) lines->take();
    } while (!error && !lines->ended_);
  }

  // Once the command has ended.
  void finish() {
    std::size_t left = most_left_behind;
    while (left > 0) {
      const std::size_t taken = take();
      if (taken == 0) break;
      left -= std::min(left, taken);
    }
    if (!line_.empty()) say();
    asio::error_code ignored;
    output().close(ignored);
  }

 private:
  asio::posix::stream_descriptor& output() { return process_->output(); }

  // What is there to read, up to some bound; gives how much that is.
  std::size_t take() {
    std::array<char, 4096> piece;
    asio::error_code error;
    output().non_blocking(true, error);
    const std::size_t size = output().read_some(asio::buffer(piece), error);
    ended_ = error && error != asio::error::would_block;
    for (const char c : std::string_view(piece.data(), size)) {
      if (c == '\n' || line_.size() == longest_line) say();
      if (c != '\n') line_ += c;
    }
    return size;
  }

  void say() {
    log_.info("{}: {}", ivorn_, line_);
    line_.clear();
  }

  std::shared_ptr<Process> process_;
  const Log& log_;
  std::string ivorn_;
  std::string line_;
  bool ended_ = false;
};

}  // namespace

// Who may run a command, and who waits for that.
class CommandRunner::Jobs : public std::enable_shared_from_this<Jobs> {
 public:
  Jobs(asio::any_io_executor executor, std::size_t count)
      : executor_(std::move(executor)), free_(count) {}

  // One job, given back at its end. Keeps the books alive, since a coroutine may outlive its
  // runner in an ending context.
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

  // Nothing once it is stopped.
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

  // Hands the job to who waits longest, so that nobody who comes later gets it first.
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

// A command, and what went wrong with what we do for it.
struct CommandRunner::Running {
  void fail(const std::exception_ptr& what) {
    problem = what;
    process->interrupt();
  }

  std::shared_ptr<Process> process;
  std::exception_ptr problem;
};

CommandRunner::CommandRunner(asio::any_io_executor executor, CommandOptions options, const Log& log)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      log_(log),
      jobs_(std::make_shared<Jobs>(executor_, options_.jobs)),
      back_off_(first_pause, longest_pause),
      next_try_(executor_) {
  change_disposition(SIGPIPE, SIG_DFL, SIG_IGN);
  change_disposition(SIGCHLD, SIG_IGN, SIG_DFL);
}

CommandRunner::~CommandRunner() = default;

asio::awaitable<CommandOutcome> CommandRunner::run(EventPtr event) {
  const CommandOutcome outcome = co_await execute(event);
  if (outcome.how != How::ok) {
    ++failures_;
    log_.warning("{}: {}", event->headline.ivorn, outcome.text);
  }
  co_return outcome;
}

asio::awaitable<CommandOutcome> CommandRunner::execute(EventPtr event) {
  const auto job = co_await jobs_->take();
  if (!job) co_return CommandOutcome{How::stopped, 0, "the command was not started any more"};

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

// Tries until it is started, or until that is not wanted any more.
asio::awaitable<Started> CommandRunner::start(EventPtr event) {
  const bool logged = options_.output == CommandOutput::log;
  while (true) {
    Started started = Process::start(executor_, options_.command, variables_of(event->headline),
                                     logged ? ProcessOutput::piped : ProcessOutput::inherited);
    if (started.process && std::exchange(in_trouble_, false)) {
      back_off_.reset();
      log_.info("Commands can be started again");
    }
    if (started.process || !may_pass(started.error) || !retries_) co_return started;
    co_await pause(event->headline.ivorn, started.error);
    if (jobs_->stopped()) co_return started;
  }
}

// All that could not be started are tried again together.
asio::awaitable<void> CommandRunner::pause(const std::string& ivorn, const std::error_code& error) {
  if (!std::exchange(in_trouble_, true))
    log_.warning("{}: the command could not be started: {}; trying again until it can be", ivorn,
                 error.message());
  if (next_try_.expiry() <= steady_clock::now()) next_try_.expires_after(back_off_.next());
  asio::error_code ignored;
  co_await next_try_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// Until it has ended. What we cannot do for it, for want of memory, ends it.
asio::awaitable<CommandOutcome> CommandRunner::attend(std::shared_ptr<Running> running,
                                                      EventPtr event) {
  const std::shared_ptr<Process> process = running->process;
  std::shared_ptr<OutputLines> lines;
  CommandOutcome outcome{How::failed, 0, ""};
  try {
    spawn(executor_, feed(process, event), [running](const std::exception_ptr& problem) {
      if (problem) running->fail(problem);
    });
    if (options_.output == CommandOutput::log) {
      lines = std::make_shared<OutputLines>(process, log_, event->headline.ivorn);
      spawn(executor_, OutputLines::follow(lines), [running](const std::exception_ptr& problem) {
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
  next_try_.cancel();
}

void CommandRunner::stop() {
  jobs_->stop();
  stop_retrying();
  for (const auto& running : running_)
    if (const auto process = running.lock()) process->interrupt();
}

}  // namespace vtp
