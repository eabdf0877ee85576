// What a program that lets events through once remembers of them. It is in a database, so it holds
// across runs, and any number of such programs and a broker may share one.
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

// What an event is known by. With an ivorn's key, one that has either counts as the same, so that
// programs that go by ivorns and programs that go by bytes can share a database.
struct EventKeys {
  Digest digest;
  std::optional<Digest> ivorn;
};

// One thread. All throw StoreError.
class DigestSet {
 public:
  // As Database's; a power cut may make it forget what was confirmed last, and never remember what
  // was not. keep: how long an event is remembered. clock must live longer.
  DigestSet(const std::string& path, std::chrono::days keep, const Clock& clock);

  // Confirms what was claimed before, as below, and in the same transaction claims those of the
  // events that are fresh, of two that are the same the earlier; says for each what it was. At most
  // largest_claim / 2 of them.
  [[nodiscard]] std::vector<Standing> claim(std::span<const EventKeys> events);

  // The same, but what was fresh is remembered at once.
  [[nodiscard]] std::vector<Standing> remember(std::span<const EventKeys> events);

  // What was claimed was let through, but for what was released before. Does nothing where that is
  // so already.
  void confirm();

  // These were claimed, and are not let through now.
  void release(std::span<const EventKeys> events);

  // Forgets a few of those that are old enough; true if there may be more. None while the clock is not
  // believed (clock_check.h).
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
