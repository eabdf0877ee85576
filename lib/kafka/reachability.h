// Whether a cluster can be reached: what is wrong, what is said about it, and when it is given up.
#pragma once

#include <functional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/diagnostics.h"

namespace vtp {

// One thread, that of the executor. diagnostics must live longer.
class Reachability {
 public:
  // name: of the endpoint. give_up: called when the cluster could not be reached for two seconds;
  // without it the cluster is waited for, and that it is away and comes back is said once each.
  Reachability(asio::any_io_executor executor, std::string name, const Diagnostics& diagnostics,
               std::function<void()> give_up);

  // Something is wrong, as KafkaListener::trouble tells it.
  void trouble(int error, const std::string& reason);

  // The cluster has answered.
  void reached();

  // It is not given up any more. Safe to call again.
  void stop();

  // What is wrong, in one line; empty if nothing is.
  [[nodiscard]] const std::string& reason() const { return reason_; }

  // The cluster is waited for, and cannot be reached at the moment.
  [[nodiscard]] bool is_away() const { return away_; }

 private:
  const std::string name_;
  const Diagnostics& diagnostics_;
  const std::function<void()> give_up_;
  asio::steady_timer giving_up_;
  std::string reason_;
  bool away_ = false;  // which has been said
};

}  // namespace vtp
