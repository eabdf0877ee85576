// Progress and summary of sending many events, for people.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/author/answer.h"

namespace vtp {

// Events by outcome, each counted once.
struct Tally {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::uint64_t put_off = 0;
  std::uint64_t no_answer = 0;
  std::uint64_t not_sent = 0;   // including those that cannot be sent
  std::uint64_t under_way = 0;  // without an outcome so far

  void count(Outcome outcome);
  [[nodiscard]] std::uint64_t done() const {
    return accepted + refused + put_off + no_answer + not_sent;
  }
};

using Elapsed = std::chrono::duration<double>;

// "sent 120, accepted 100, refused 3, put off 2, no answer 1, in flight 14, 810 events/s"; the last
// three counts are left out if they are 0.
[[nodiscard]] std::string progress_text(const Tally& tally, Elapsed elapsed);

// "10000 events: 9990 accepted, 8 refused, 2 without an answer, in 12.3 s (813 events/s)"; counts of 0
// are left out.
[[nodiscard]] std::string summary_text(const Tally& tally, Elapsed elapsed);

}  // namespace vtp
