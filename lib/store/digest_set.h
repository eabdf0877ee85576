// The digest set: the events that a program such as vodedup has passed. It is in a database, so it
// lasts across runs, and any number of such programs and a broker may share one.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/clock_check.h"
#include "lib/store/database.h"
#include "lib/store/seen.h"
#include "lib/voevent/event.h"

namespace vtp {

// What identifies an event. With an ivorn's key, an event that has the same digest or the same
// ivorn is a duplicate, so that programs that compare ivorns and programs that compare bytes can
// share a database.
struct EventKeys {
  Digest digest;
  std::optional<Digest> ivorn;
};

// One thread. All throw StoreError.
class DigestSet {
 public:
  // path: as for Database. After a power cut the last confirmations may be lost; an event that was
  // not confirmed is never remembered. keep: how long an event is remembered. clock must live
  // longer.
  DigestSet(const std::string& path, std::chrono::days keep, const Clock& clock);

  // First confirms the previous claim, as confirm() does; in the same transaction claims the fresh
  // events, and of two equal ones the first. Returns the standing of each. At most largest_claim /
  // 2 events.
  [[nodiscard]] std::vector<Standing> claim(std::span<const EventKeys> events);

  // The same, but fresh events are remembered at once.
  [[nodiscard]] std::vector<Standing> remember(std::span<const EventKeys> events);

  // The claimed events have been passed, except those that were released. Does nothing without a
  // claim.
  void confirm();

  // These events were claimed, but will not be passed now.
  void release(std::span<const EventKeys> events);

  // Forgets a few of the events that are old enough; true if there may be more. Does nothing while
  // the clock is not trusted (clock_check.h).
  bool forget_some();

 private:
  std::vector<Standing> add_fresh(std::span<const EventKeys> events, bool claimed);
  [[nodiscard]] Standing standing(const EventKeys& event);

  std::chrono::days keep_;
  const Clock& clock_;
  Database database_;
  DigestIndex index_;
  SeenTable seen_;
  ClockCheck clock_check_;
  std::optional<Claim> claim_;
};

}  // namespace vtp
