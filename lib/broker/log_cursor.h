// How far a subscriber has come in the log, and where it began.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/store/event_log.h"
#include "lib/vtp/resumption.h"

namespace vtp {

// Used by one thread at a time. The log must live longer.
class LogCursor {
 public:
  // Behind the events that the log has.
  explicit LogCursor(EventLog& events)
      : events_(events), position_(events.last()), seen_end_(position_) {}

  // Goes to where the subscriber wants to begin, which may be before what it has been given already:
  // behind its event; or to its time, if the log does not know that event; or to the begin of the
  // log, if there is no time. For a thread that may wait for the disk. Throws StoreError, and then
  // nothing has changed.
  void resume(EventLog::Reader& reader, const Resumption& wish);

  // The events that come next, as Store::read_after: from wherever they are, for a thread that may wait
  // for the disk, which throws StoreError; or nothing at all if they are not in memory. Goes behind those
  // that the log has forgotten, but not behind these.
  [[nodiscard]] std::vector<LogEntry> next(EventLog::Reader& reader, std::size_t most_bytes);
  [[nodiscard]] std::optional<std::vector<LogEntry>> next_in_memory(std::size_t most_bytes);

  // Goes behind an event that next() gave, in their order.
  void pass(const LogEntry& entry);

  // It is behind all that the log had when next() was called last.
  [[nodiscard]] bool gave_all() const { return position_ >= seen_end_; }

  // It is behind all that the log has.
  [[nodiscard]] bool at_end() const { return events_.last() <= position_; }

  // How many events the log has behind it.
  [[nodiscard]] std::uint64_t behind() const { return at_end() ? 0 : events_.last() - position_; }

  // It asked where to begin, and has come behind all that was there then.
  [[nodiscard]] bool has_caught_up() const { return goal_ && position_ >= *goal_; }
  [[nodiscard]] bool has_resumed() const { return goal_.has_value(); }

  // The last event that it was given, or, before the first, the one that it began behind. None if the
  // log has none.
  [[nodiscard]] const std::optional<Digest>& last() const { return last_; }

  // The event behind which it wanted to begin is not known to the log.
  [[nodiscard]] bool began_unknown() const { return began_unknown_; }

  // How many events the log had forgotten before their turn, since this was last asked.
  [[nodiscard]] std::uint64_t take_missed();

 private:
  void note_read(Sequence end, const std::vector<LogEntry>& entries);

  EventLog& events_;
  Sequence position_;
  Sequence seen_end_;  // the last event of the log, as next() found it
  std::optional<Sequence> goal_;
  std::optional<Digest> last_;
  std::uint64_t missed_ = 0;
  bool began_unknown_ = false;
};

}  // namespace vtp
