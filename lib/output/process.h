// A command that runs beside us: sh -c COMMAND in a process group of its own, its standard input
// and output at hand as Asio descriptors.
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

// How a command ended: it gave an exit status, or a signal ended it.
struct ProcessEnd {
  bool by_signal = false;
  int number = 0;
};

enum class ProcessOutput {
  inherited,  // the command writes where we do
  piped       // standard output and error, together, come out of output()
};

// How we hear that a command has ended. A kernel before Linux 5.3, or a sandbox, that has no pidfd
// makes it asked, whatever was wanted.
enum class ProcessWatch {
  told,  // by a pidfd, at once
  asked  // every 10 ms
};

class Process;

// A command that runs, or why it does not: the error is errno's value, of the generic category.
struct Started {
  std::shared_ptr<Process> process;
  std::error_code error;  // where there is no process
};

// Held by a shared pointer, since whoever feeds the command may see its end a moment after us. One
// thread: that of the executor. The program ignores SIGPIPE, which a command that does not read
// would raise, and does not ignore SIGCHLD; nobody else waits for all children.
class Process : public std::enable_shared_from_this<Process> {
 public:
  // environment: the variables that the command gets beside ours, as "NAME=VALUE", in place of any
  // of ours with the same name. They are data: no shell looks at them, and a NUL, which no variable
  // can hold, stands as ?. The command gets default signal handling, no blocked signals, and no
  // descriptor beyond standard input, output and error. Nothing of it has run if there is an error;
  // memory that ran out is one too.
  [[nodiscard]] static Started start(const asio::any_io_executor& executor,
                                     const std::string& command,
                                     const std::vector<std::string>& environment,
                                     ProcessOutput output, ProcessWatch watch = ProcessWatch::told);

  // Kills what still runs of the group, unless the command itself has ended.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Where the command's standard input comes from; closed by whoever has written it all.
  [[nodiscard]] asio::posix::stream_descriptor& input() { return input_; }

  // What it writes, if that is piped; not open otherwise.
  [[nodiscard]] asio::posix::stream_descriptor& output() { return output_; }

  // Returns once the command has ended; nothing at the deadline, or when somebody interrupts. Only
  // one of this and group_ended_by() at a time.
  [[nodiscard]] asio::awaitable<std::optional<ProcessEnd>> ended_by(
      std::chrono::steady_clock::time_point deadline);

  // Returns once nothing of the command's group runs any more, or at the deadline.
  [[nodiscard]] asio::awaitable<void> group_ended_by(
      std::chrono::steady_clock::time_point deadline);

  // Makes the ended_by() that waits return, or the next one.
  void interrupt();

  // To the command and all that it started and that did not leave its group.
  void signal_group(int signal) const;

 private:
  explicit Process(const asio::any_io_executor& executor);
  std::error_code begin(const std::string& command, const std::vector<std::string>& environment,
                        ProcessOutput output);
  void watch_exit();
  bool has_ended();

  pid_t pid_ = 0;                  // 0: not started
  std::optional<ProcessEnd> end_;  // once it is there, the process is no more
  bool interrupted_ = false;
  asio::steady_timer timer_;             // of whoever waits for the end
  asio::posix::stream_descriptor exit_;  // the pidfd; not open where the command is asked
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
};

}  // namespace vtp
