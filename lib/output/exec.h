// Runs a command for each event: sh -c COMMAND, with the event on its standard input and what it
// is in the environment.
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
#include "lib/base/log.h"
#include "lib/output/process.h"
#include "lib/voevent/event.h"

namespace vtp {

// Where what a command writes goes to.
enum class CommandOutput {
  inherit,  // where ours goes, as xargs has it
  log       // to the log as info, each line with the ivorn (command_output.h)
};

struct CommandOptions {
  std::string command{};  // for sh; nothing of an event is ever a part of it
  std::size_t jobs = 1;   // how many commands run at once, at least 1
  std::chrono::milliseconds timeout{std::chrono::seconds{60}};  // for each command
  std::chrono::milliseconds grace{std::chrono::seconds{2}};     // from SIGTERM to SIGKILL
  CommandOutput output = CommandOutput::inherit;
  std::string
      name{};  // in the log behind the ivorn, where there are several commands; may be empty
  bool retry = false;  // one that fails or takes too long is run again, see CommandRunner::run
};

// What became of one command.
struct CommandOutcome {
  enum class How {
    ok,               // it exited with status 0
    exit_status,      // with another one: number
    signal,           // a signal ended it: number
    timed_out,        // it took too long and was ended
    failed,           // we could not see it through, and ended it: memory ran out
    stopped,          // stop() ended it, or came before it was started
    could_not_start,  // and never will: an ivorn too long to hand over, no shell
    // No processes, descriptors or memory left, until it was not to be tried again; or, with
    // CommandOptions::retry, it has failed until then.
    put_off
  };
  How how = How::ok;
  int number = 0;
  // One line for people, such as "the command exited with status 3"; where its output is logged, with the last
  // line of that behind a failure. Empty of what was put off behind another.
  std::string text;
};

// The environment of a command has VOEVENT_IVORN, VOEVENT_ROLE, and VOEVENT_STREAM, the ivorn
// without its local part. The event's bytes are its whole standard input; it need not read them.
//
// One that takes too long gets SIGTERM with its whole process group, and SIGKILL after the grace,
// unless all of the group have ended by then. What a command leaves running in the background when
// it ends in time is left alone; but what that writes later is not logged any more.
//
// One thread: that of the executor. The log, and this object, must
// live as long as a run() is under way; the context of the executor may end before that, and then
// whatever runs is killed.
class CommandRunner {
 public:
  // Has SIGPIPE ignored and SIGCHLD not ignored from here on (see Process), unless the program has
  // handlers of its own for them.
  CommandRunner(asio::any_io_executor executor, CommandOptions options, const Log& log);
  ~CommandRunner();
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  // Waits until fewer than `jobs` commands run, in the order of the calls, then for the command's
  // end. An outcome that is not ok is logged as a warning with the event's ivorn, and counted.
  // One that cannot be started, for want of processes, descriptors or memory, is tried again after
  // pauses of up to 1 s at first and up to a minute later; it keeps its turn. The log says so once, as a
  // warning, and when commands can be started again.
  //
  // With CommandOptions::retry, one that fails or takes too long is run again after pauses of up to 1 s at first
  // and up to a minute later, until it succeeds; it keeps its turn, so that with one job nothing overtakes it. The
  // first failure is logged, and the success after it. Once it is not to be tried again, see
  // stop_retrying(), it is put off, and so is what waits behind it.
  [[nodiscard]] asio::awaitable<CommandOutcome> run(EventPtr event);

  // The same, but neither logged nor counted.
  [[nodiscard]] asio::awaitable<CommandOutcome> execute(EventPtr event);

  [[nodiscard]] std::size_t failures() const { return failures_; }

  // From now on what cannot be started, or is to be run again, is put off; what waits for that is tried once more,
  // now.
  void stop_retrying();

  // Ends what runs, as if its time were over, and starts nothing any more: each run() returns,
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
  const Log& log_;
  std::shared_ptr<Jobs> jobs_;
  std::vector<std::weak_ptr<Process>> running_;
  std::size_t failures_ = 0;
  // All that have to wait before a next try wait together.
  struct Pause {
    explicit Pause(const asio::any_io_executor& executor);
    asio::awaitable<void> wait();
    BackOff back_off;
    asio::steady_timer next_try;
  };
  Pause before_start_;       // of what could not be started
  Pause before_next_run_;    // of what has failed
  bool in_trouble_ = false;  // the last try to start one has failed
  bool retries_ = true;
  bool gave_up_ = false;  // one that was to be run again was put off
};

}  // namespace vtp
