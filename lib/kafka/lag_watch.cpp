#include "lib/kafka/lag_watch.h"

namespace vtp {

LagWatch::Change LagWatch::look(const Partition& partition, std::int64_t next, std::int64_t end) {
  if (end < 0) return Change::none;
  const auto [found, first] = seen_.try_emplace(partition, Seen{end, false});
  if (first) return Change::none;
  Seen& seen = found->second;
  const bool lags = next < seen.end;
  seen.end = end;
  if (lags == seen.lags) return Change::none;
  seen.lags = lags;
  return lags ? Change::lags : Change::caught_up;
}

}  // namespace vtp
