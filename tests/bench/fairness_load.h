// A load, in a process of its own, which gets less of the processor than the broker and those who look at it.
#pragma once

#include <chrono>
#include <functional>
#include <sys/types.h>
#include <vector>

#include "tests/bench/fairness_peers.h"

namespace vtp {

using PeerPlans = std::function<std::vector<PeerPlan>()>;

struct LoadWork {
  PeerPlans
      before;  // what is carried out, as far as it comes in a minute, before anything is measured
  PeerPlans load;
  std::chrono::milliseconds time{0};  // how long each round takes at most
};

// One thread: it forks, so there are no others when it is made.
class LoadProcess {
 public:
  LoadProcess(const PeerCursors& places, const LoadWork& work);
  // Ends it, with its connections.
  ~LoadProcess();
  LoadProcess(const LoadProcess&) = delete;
  LoadProcess& operator=(const LoadProcess&) = delete;

  // Returns when it has done what comes before.
  void prepare();
  // Begins a round, with new connections.
  void begin();
  // The round is over, and its connections are closed.
  [[nodiscard]] bool over();
  // Of the last round that is over.
  [[nodiscard]] const PeerCounts& counts() const { return counts_; }

 private:
  [[nodiscard]] bool read_counts(int milliseconds);

  pid_t pid_ = -1;
  Descriptor orders_;   // a byte each round
  Descriptor reports_;  // the counts of each
  PeerCounts counts_;
};

}  // namespace vtp
