// The cursor of a subscriber: its position in the log, and where it began.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/store/event_log.h"
#include "lib/vtp/resumption.h"

namespace vtp {

// One thread at a time. The log must live longer.
class LogCursor {
 public:
  // Begins after the last event of the log.
  explicit LogCursor(EventLog& events)
      : events_(events), position_(events.last()), seen_end_(position_) {}

  // Moves to where the subscriber wants to begin, which may be before what it has received already:
  // after its event; or, if the log does not know that event, to its time; or, without a time, to
  // the beginning of the log. For a thread that may wait for the disk. Throws StoreError, and then
  // nothing has changed.
  void resume(EventLog::Reader& reader, const Resumption& wish);

  // The same, if the log knows the subscriber's event, or it named none; otherwise returns false.
  [[nodiscard]] bool resume_if_known(EventLog::Reader& reader, const Resumption& wish);

  // The next events, as Store::read_after. next() reads them from memory or disk, for a thread that
  // may wait for the disk, and throws StoreError; next_in_memory() returns nothing if they are not
  // in memory. Both move the cursor past forgotten events, but not past the returned ones.
  [[nodiscard]] std::vector<LogEntry> next(EventLog::Reader& reader, std::size_t most_bytes);
  [[nodiscard]] std::optional<std::vector<LogEntry>> next_in_memory(std::size_t most_bytes);

  // Moves past an event that next() returned; call it in their order.
  void pass(const LogEntry& entry);

  // The last event that it has passed.
  [[nodiscard]] Sequence position() const { return position_; }

  // The cursor is past all that the log had at the last call of next().
  [[nodiscard]] bool gave_all() const { return position_ >= seen_end_; }

  // The cursor is past all events of the log.
  [[nodiscard]] bool at_end() const { return events_.last() <= position_; }

  // The number of events in the log after the cursor.
  [[nodiscard]] std::uint64_t behind() const { return at_end() ? 0 : events_.last() - position_; }

  // The subscriber asked where to begin, and the cursor is past all events that the log had then.
  [[nodiscard]] bool has_caught_up() const { return goal_ && position_ >= *goal_; }
  [[nodiscard]] bool has_resumed() const { return goal_.has_value(); }

  // The last event that the subscriber received or, before the first, the one after which it began.
  // Nothing if the log was empty.
  [[nodiscard]] const std::optional<Digest>& last() const { return last_; }

  // The log does not know the event after which the subscriber wanted to begin.
  [[nodiscard]] bool began_unknown() const { return began_unknown_; }

  // The number of events that were forgotten before their turn, since the last call.
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
