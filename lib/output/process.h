// A child process: sh -c COMMAND in a process group of its own, with its standard input and output
// as Asio descriptors.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <system_error>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

namespace vtp {

// How a command ended: with an exit status, or by a signal; `number` is the one or the other.
struct ProcessEnd {
  bool by_signal = false;
  int number = 0;
};

enum class ProcessOutput {
  inherited,  // goes where ours goes
  piped       // standard output and error together, readable from output()
};

// How the end of a command is noticed. Without pidfd (Linux before 5.3, some sandboxes) it is
// always `asked`.
enum class ProcessWatch {
  told,  // at once, by a pidfd
  asked  // by polling every 10 ms
};

class Process;

// A running command, or an error: an errno value in the generic category.
struct Started {
  std::shared_ptr<Process> process;
  std::error_code error;  // if there is no process
};

// Owned by a shared pointer, since the coroutine that writes the command's input may end a moment
// after the one that waits for its end. One thread: that of the executor. The program must ignore
// SIGPIPE, which a command that does not read would cause, and must not ignore SIGCHLD; no other
// code may wait for all children.
class Process : public std::enable_shared_from_this<Process> {
 public:
  // environment: additional variables for the command, as "NAME=VALUE"; they replace ours of the
  // same name. They are data: no shell interprets them, and a NUL, which a variable cannot contain,
  // becomes ?. The command gets default signal handling, no blocked signals, and no descriptors
  // except standard input, output and error. If there is an error (running out of memory is one
  // too), the command has not run at all.
  [[nodiscard]] static Started start(const asio::any_io_executor& executor,
                                     const std::string& command,
                                     const std::vector<std::string>& environment,
                                     ProcessOutput output, ProcessWatch watch = ProcessWatch::told);

  // Kills the process group, unless the command itself has ended.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Writes to the command's standard input; to be closed by the writer when all is written.
  [[nodiscard]] asio::posix::stream_descriptor& input() { return input_; }

  // The command's output, if it is piped; not open otherwise.
  [[nodiscard]] asio::posix::stream_descriptor& output() { return output_; }

  // Returns once the command has ended; nothing at the deadline, or after interrupt(). Only one of
  // this and group_ended_by() at a time.
  [[nodiscard]] asio::awaitable<std::optional<ProcessEnd>> ended_by(
      std::chrono::steady_clock::time_point deadline);

  // Returns once the whole process group has ended, or at the deadline.
  [[nodiscard]] asio::awaitable<void> group_ended_by(
      std::chrono::steady_clock::time_point deadline);

  // Makes the waiting ended_by() return, or else the next one.
  void interrupt();

  // Sends a signal to the command and all processes in its group.
  void signal_group(int signal) const;

 private:
  explicit Process(const asio::any_io_executor& executor);
  std::error_code begin(const std::string& command, const std::vector<std::string>& environment,
                        ProcessOutput output);
  void watch_exit();
  bool has_ended();

  pid_t pid_ = 0;                  // 0: not started
  std::optional<ProcessEnd> end_;  // set once the process has ended and was reaped
  bool interrupted_ = false;
  asio::steady_timer timer_;             // for waiting for the end
  asio::posix::stream_descriptor exit_;  // the pidfd; not open if the end is polled for
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
};

}  // namespace vtp
