// Runs a command for each event: sh -c COMMAND, with the event on its standard input, and its
// ivorn, role and stream in the environment.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/output/process.h"
#include "lib/voevent/event.h"

namespace vtp {

// Where a command's output goes.
enum class CommandOutput {
  inherit,  // where ours goes, as with xargs
  log       // to the diagnostics with level info, each line with the ivorn (command_output.h)
};

struct CommandOptions {
  std::string command{};  // for sh; no part of an event is ever inserted into it
  std::size_t jobs = 1;   // limit of commands in parallel, at least 1
  std::chrono::milliseconds timeout{std::chrono::seconds{60}};  // for each command
  std::chrono::milliseconds grace{std::chrono::seconds{2}};     // from SIGTERM to SIGKILL
  CommandOutput output = CommandOutput::inherit;
  std::string
      name{};  // for diagnostics, after the ivorn, if there are several commands; may be empty
  bool retry = false;  // run a command again that fails or times out, see CommandRunner::run
};

// How one command ended.
struct CommandOutcome {
  enum class How {
    ok,               // it exited with status 0
    exit_status,      // it exited with another status: number
    signal,           // a signal ended it: number
    timed_out,        // it exceeded the timeout and was ended
    failed,           // it was ended because of an error on our side: memory ran out
    stopped,          // stop() ended it, or was called before it was started
    could_not_start,  // and never will: the ivorn is too long for the environment, or no shell
    // Until stop_retrying() it could not be started, for lack of processes, descriptors or memory;
    // or, with CommandOptions::retry, every run has failed.
    put_off
  };
  How how = How::ok;
  int number = 0;
  // One line for diagnostics, such as "the command exited with status 3"; for a failure, followed
  // by the last line of its output, if that is logged. Empty for a command that was put off because
  // an earlier one was.
  std::string text;
};

// The environment of a command has VOEVENT_IVORN, VOEVENT_ROLE, and VOEVENT_STREAM, the ivorn
// without its local part. The event's bytes are its whole standard input; the command need not read
// them.
//
// At the timeout the command's whole process group gets SIGTERM, and SIGKILL after the grace
// period, unless the whole group has ended by then. Processes that a command leaves in the
// background when it ends in time are left alone, but their later output is not logged.
//
// One thread: that of the executor. The log and this object must outlive every run(). If the
// executor's context ends before a run() has ended, the command is killed.
class CommandRunner {
 public:
  // Makes the program ignore SIGPIPE and not ignore SIGCHLD (see Process), unless it has handlers
  // of its own for them.
  CommandRunner(asio::any_io_executor executor, CommandOptions options,
                const Diagnostics& diagnostics);
  ~CommandRunner();
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  // Runs the command for an event, and returns when it has ended. Calls start in order, with up to
  // `jobs` commands in parallel. An outcome that is not ok is logged as a warning with the event's
  // ivorn, and counted. A command that cannot be started, for lack of processes, descriptors or
  // memory, is tried again after pauses of up to 1 s at first and up to a minute later; it keeps
  // its turn. This is logged once, as a warning, and again when commands can be started.
  //
  // With CommandOptions::retry, a command that fails or times out is run again after pauses of up
  // to 1 s at first and up to a minute later, until it succeeds. It keeps its turn, so that with
  // one job no other overtakes it. The first failure is logged, and the success after it. After
  // stop_retrying() it is put off, and so are the commands that wait for their turn.
  [[nodiscard]] asio::awaitable<CommandOutcome> run(EventPtr event);

  // The same, but the outcome is neither logged nor counted.
  [[nodiscard]] asio::awaitable<CommandOutcome> execute(EventPtr event);

  [[nodiscard]] std::size_t failures() const { return failures_; }

  // From now on a command that cannot be started, or would be run again, is put off. Those that
  // wait for their next try are tried once more, at once.
  void stop_retrying();

  // Ends all running commands, as at their timeout, and starts none any more: each run() returns,
  // those that wait for their turn at once.
  void stop();

 private:
  class Jobs;
  struct Running;

  [[nodiscard]] std::string label(const Event& event) const;
  asio::awaitable<CommandOutcome> execute_until_it_succeeds(EventPtr event);
  asio::awaitable<CommandOutcome> execute_once(EventPtr event);
  asio::awaitable<Started> start(EventPtr event);
  asio::awaitable<CommandOutcome> attend(std::shared_ptr<Running> running, EventPtr event);
  asio::awaitable<CommandOutcome> supervise(std::shared_ptr<Running> running);

  asio::any_io_executor executor_;
  CommandOptions options_;
  const Diagnostics& diagnostics_;
  std::shared_ptr<Jobs> jobs_;
  std::vector<std::weak_ptr<Process>> running_;
  std::size_t failures_ = 0;
  // A pause before the next try, shared by all that wait for one.
  struct Pause {
    explicit Pause(const asio::any_io_executor& executor);
    asio::awaitable<void> wait();
    BackOff back_off;
    asio::steady_timer next_try;
  };
  Pause before_start_;       // after a command could not be started
  Pause before_next_run_;    // after a command has failed
  bool in_trouble_ = false;  // the last try to start a command has failed
  bool retries_ = true;
  bool gave_up_ = false;  // a command that should run again was put off
};

}  // namespace vtp
