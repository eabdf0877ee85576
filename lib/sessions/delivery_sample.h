// Measures how long events take from their receipt to the last subscriber of an event loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <set>

#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "lib/store/event_log.h"

namespace vtp {

struct SubscriberSession;

// One event at a time, and at most one each `interval`, since it looks at all subscribers. Of these,
// those count that had received everything when the event came: how far others are behind is their
// lag. One thread. All arguments must live longer.
class DeliverySample {
 public:
  static constexpr std::chrono::milliseconds interval{100};
  // A subscriber that takes longer does not keep up: the event is not counted.
  static constexpr std::chrono::seconds longest{10};

  DeliverySample(EventLog& events, const Clock& clock, Histogram& seconds)
      : events_(events), clock_(clock), seconds_(seconds) {}

  // The log has grown, and these sessions are about to be sent what is new.
  void begin(const std::set<SubscriberSession*>& sessions);

  // The session's `reached` has changed, or it ends.
  void look_at(SubscriberSession& session, bool ends = false);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  EventLog& events_;
  const Clock& clock_;
  Histogram& seconds_;
  Sequence before_ = 0;   // the last event when the round before began
  Sequence goal_ = 0;     // the event that is measured
  Time received_{};       // when it was
  std::size_t left_ = 0;  // sessions that have not received it
  TimePoint next_{};
  TimePoint give_up_{};
};

}  // namespace vtp
