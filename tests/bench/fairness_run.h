// One kind of peers beside a pair that behaves well, on a broker of its own; and what is found of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/fairness_kinds.h"
#include "tests/bench/fairness_pair.h"

namespace vtp {

struct FairnessOptions {
  std::string program = "brokerd";
  std::vector<std::string> options;   // for every broker
  std::filesystem::path folder;       // empty, for what they write
  std::filesystem::path some_events;  // a broker's database; empty: kinds that want it have none
  std::filesystem::path many_events;
  std::chrono::milliseconds beside{2'000};  // how long the pair is alone, before and after
  std::chrono::milliseconds load{8'000};    // how long a load takes at most
  std::chrono::milliseconds timeout{
      15'000};  // how long is waited for what is late, and for the end
};

struct FairnessFound {
  PairWaits before, during, after;
  std::size_t submitted = 0, refused = 0, unanswered = 0, lost = 0, doubled = 0, dropped = 0;
  double peak_memory = 0;       // kB
  double processor = 0;         // seconds, during the load
  std::size_t descriptors = 0;  // the most that were open
  std::uintmax_t log_size = 0;  // bytes
  PeerCounts load;
  std::optional<std::chrono::duration<double>>
      end;              // from SIGTERM, while the load goes on; none: killed
  std::string problem;  // why there is no more; empty: nothing is wrong with the broker's life
};

// What the kind wants is there. One thread.
[[nodiscard]] bool can_run(const FairnessKind& kind, const FairnessOptions& options);
[[nodiscard]] FairnessFound run_fairness(const FairnessKind& kind, const FairnessOptions& options);

}  // namespace vtp
