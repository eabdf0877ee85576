// Outputs the events that a subscriber receives: prints them, saves them, runs a command for each;
// with a cone, filters and a limit for their number.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/diagnostics.h"
#include "lib/filter/filter_set.h"
#include "lib/output/event_writer.h"
#include "lib/output/exec.h"
#include "lib/voevent/sky.h"

namespace vtp {

struct OutletOptions {
  Print print = Print::stream;
  Format format{};                        // for Print::format
  int print_to = 1;                       // a file descriptor
  std::optional<std::string> save;        // a folder
  std::optional<CommandOptions> command;  // run for each event
  std::vector<std::string> filters;       // XPath that compiles: only events that match one of them
  std::optional<Cone> cone;  // only events with a position in RA and Dec in this circle
  std::uint64_t count = 0;   // stop after this many events; 0: no limit
};

// One thread, that of the executor; work that may wait for a disk or a reader is done on another
// thread. Everything that is passed by reference must outlive this.
class Outlet {
 public:
  // done: called once, when no more events are wanted: the count is reached, or standard output has
  // no reader any more or cannot be written. Throws std::runtime_error if the folder cannot be
  // used.
  Outlet(asio::any_io_executor executor, OutletOptions options, std::function<void()> done,
         const Clock& clock, const Diagnostics& diagnostics);

  // Limits for the events, and their bytes, that are in take() at the same time, for
  // SubscriberOptions: large enough to write many together.
  static constexpr std::size_t most_under_way = 256;
  static constexpr std::size_t most_bytes_under_way = 1024 * 1024;

  // For Subscriber::Take: true if the event was saved and printed, according to the options, or is
  // not wanted. Does not wait for the event's command, unless very many commands are waiting.
  // finished: called once, when nothing is left to do for the event: its command has ended too,
  // however it ended. May be called before this returns. Not called if this returns false, if
  // stop_commands() ended the command or prevented its start, or if the command was put off
  // (CommandRunner).
  [[nodiscard]] asio::awaitable<bool> take(
      EventPtr event, Origin origin, std::function<void()> finished = [] {});

  // Whether take() would do anything with the event: it is in the cone, and matches a filter, if there
  // are any.
  [[nodiscard]] bool wants(const Event& event);

  // Commands that wait for their next try are tried only once more (CommandRunner).
  void stop_retrying();

  // Waits until all commands that have begun have ended; no command begins after that. Includes
  // stop_retrying().
  [[nodiscard]] asio::awaitable<void> finish();

  // Ends the running commands, and drops those that wait.
  void stop_commands();

  // Ends a print that waits for its reader, and prints no more.
  void stop_printing() {
    if (writer_) writer_->interrupt();
  }

  // True if an event could not be saved or printed, or a command failed.
  [[nodiscard]] bool failed() const { return failed_ || (commands_ && commands_->failures() > 0); }

  // The number of events whose commands were put off or stopped, and so are still to be done.
  [[nodiscard]] std::size_t unfinished() const { return unfinished_; }

  // The number of wanted events that are saved and printed.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  bool wanted(const Event& event);
  bool in_cone(const Event& event);
  asio::awaitable<bool> write_out(EventPtr event, const Origin& origin);
  void begin_command(EventPtr event, std::function<void()> finished);
  asio::awaitable<void> run_command(EventPtr event, std::function<void()> finished);
  [[nodiscard]] bool too_many_commands() const;
  void end();

  asio::any_io_executor executor_;
  OutletOptions options_;
  std::function<void()> done_;
  const Diagnostics& diagnostics_;
  PositionReader positions_;
  FilterPool pool_;
  FilterSet filters_;
  std::optional<CommandRunner> commands_;
  asio::steady_timer command_ended_;
  std::size_t commands_under_way_ = 0;
  std::size_t command_bytes_ = 0;  // of their events
  std::uint64_t begun_ = 0;        // events that count, including those that are being written
  std::uint64_t taken_ = 0;
  bool ended_ = false;
  bool failed_ = false;
  std::size_t unfinished_ = 0;
  std::optional<EventWriter> writer_;  // if anything is saved or printed
};

}  // namespace vtp
