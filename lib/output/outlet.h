// Where the events go that a listener hears: standard output, files, commands; as many as it wants.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/log.h"
#include "lib/filter/filter_set.h"
#include "lib/output/event_writer.h"
#include "lib/output/exec.h"

namespace vtp {

struct OutletOptions {
  Print print = Print::stream;
  Format format{};                        // for Print::format
  int print_to = 1;                       // a file descriptor
  std::optional<std::string> save;        // a folder
  std::optional<CommandOptions> command;  // run for each event
  std::vector<std::string> filters;       // XPath that compiles: only events that meet one of them
  std::uint64_t count = 0;                // so many events, and then no more; 0: no end
};

// Runs on one thread, that of the executor; what may wait for a disk or a reader does so on another.
// What it is given must live longer.
class Outlet {
 public:
  // done: called once, when no more events are wanted: the count is reached, nobody reads what is
  // printed any more, or it cannot be written. Throws std::runtime_error if the folder cannot be used.
  Outlet(asio::any_io_executor executor, OutletOptions options, std::function<void()> done,
         const Clock& clock, const Log& log);

  // How many events may be in take() at the same time, for SubscriberOptions, and how many bytes of them:
  // enough to be written many at a time.
  static constexpr std::size_t most_under_way = 256;
  static constexpr std::size_t most_bytes_under_way = 1024 * 1024;

  // For Subscriber::Take: true if the event was saved and printed, as asked for, or is none of those that
  // are wanted. A command does not hold that up, unless very many wait for theirs.
  // finished: called once, when nothing is left to be done for the event: its command has ended as
  // well, however it did. Perhaps before this returns. Never if this gives false, or if the command
  // was kept from its end, or from its start, by stop_commands(), or could not be started until the end
  // (CommandRunner).
  [[nodiscard]] asio::awaitable<bool> take(
      EventPtr event, std::string peer, std::function<void()> finished = [] {});

  // Commands that cannot be started are tried once more, and then no more (CommandRunner).
  void stop_retrying();

  // Resumes when the commands that were begun have ended; none is begun after that. As stop_retrying(), too.
  [[nodiscard]] asio::awaitable<void> finish();

  // Ends the commands that run, and forgets those that wait.
  void stop_commands();

  // Ends what is being printed and not read, and prints no more.
  void stop_printing() {
    if (writer_) writer_->interrupt();
  }

  // An event could not be saved or printed, or a command failed.
  [[nodiscard]] bool failed() const { return failed_ || (commands_ && commands_->failures() > 0); }

  // Events whose commands were put off, or kept from their end: what is left to be done.
  [[nodiscard]] std::size_t unfinished() const { return unfinished_; }

  // Events so far that were wanted and are saved and printed.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  bool wanted(const Event& event);
  asio::awaitable<bool> write_out(EventPtr event, const std::string& peer);
  void begin_command(EventPtr event, std::function<void()> finished);
  asio::awaitable<void> run_command(EventPtr event, std::function<void()> finished);
  [[nodiscard]] bool too_many_commands() const;
  void end();

  asio::any_io_executor executor_;
  OutletOptions options_;
  std::function<void()> done_;
  const Log& log_;
  FilterPool pool_;
  FilterSet filters_;
  std::optional<CommandRunner> commands_;
  asio::steady_timer command_ended_;
  std::size_t commands_under_way_ = 0;
  std::size_t command_bytes_ = 0;  // of their events
  std::uint64_t begun_ = 0;        // events that count, or will if they can be written
  std::uint64_t taken_ = 0;
  bool ended_ = false;
  bool failed_ = false;
  std::size_t unfinished_ = 0;
  std::optional<EventWriter> writer_;  // of what is saved or printed, if anything is
};

}  // namespace vtp
