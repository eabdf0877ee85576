// Tells which partitions lag: what a partition had at one look is still not processed at the next one.
#pragma once

#include <cstdint>
#include <map>

#include "lib/kafka/partitions.h"

namespace vtp {

// One thread at a time.
class LagWatch {
 public:
  enum class Change {
    none,
    lags,       // since this look
    caught_up,  // everything that was there at the last look has been processed
  };

  // What has changed for this partition since the last look at it. next: the offset up to which all
  // messages have been processed; end: the one after the last message that is there, or below 0 if
  // unknown.
  Change look(const Partition& partition, std::int64_t next, std::int64_t end);

 private:
  struct Seen {
    std::int64_t end = 0;
    bool lags = false;
  };

  std::map<Partition, Seen> seen_;
};

}  // namespace vtp
