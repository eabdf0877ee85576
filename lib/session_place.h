// How far a subscriber has come in the log, and where it began.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/event_log.h"
#include "lib/resumption.h"

namespace vtp {

// Runs on one thread, one thing at a time. The log must live longer.
class SessionPlace {
 public:
  // Behind the events that the log has.
  explicit SessionPlace(EventLog& events) : events_(events), place_(events.last()) {}

  // Goes to where the subscriber wants to begin, which may be before what it has been given already:
  // behind its event; or to its time, if the log does not know that event; or to the begin of the
  // log, if there is no time. Throws StoreError, and then nothing has changed.
  [[nodiscard]] asio::awaitable<void> resume(const Resumption& wish);

  // The events that come next, as EventLog::read_after, and goes behind them. Throws StoreError.
  [[nodiscard]] asio::awaitable<std::vector<LogEntry>> next(std::size_t most_bytes);

  // The last next() gave all that the log had when it was called.
  [[nodiscard]] bool gave_all() const { return gave_all_; }

  // It is behind all that the log has.
  [[nodiscard]] bool at_end() const { return events_.last() <= place_; }

  // How many events the log has behind it.
  [[nodiscard]] std::uint64_t behind() const { return at_end() ? 0 : events_.last() - place_; }

  // It asked where to begin, and has come behind all that was there then.
  [[nodiscard]] bool has_caught_up() const { return goal_ && place_ >= *goal_; }
  [[nodiscard]] bool has_resumed() const { return goal_.has_value(); }

  // The last event that it was given, or, before the first, the one that it began behind. None if the
  // log has none.
  [[nodiscard]] const std::optional<Digest>& last() const { return last_; }

  // The event behind which it wanted to begin is not known to the log.
  [[nodiscard]] bool began_unknown() const { return began_unknown_; }

  // How many events the log had forgotten before their turn, since this was last asked.
  [[nodiscard]] std::uint64_t take_missed();

 private:
  EventLog& events_;
  Sequence place_;
  std::optional<Sequence> goal_;
  std::optional<Digest> last_;
  std::uint64_t missed_ = 0;
  bool began_unknown_ = false;
  bool gave_all_ = false;
};

}  // namespace vtp
