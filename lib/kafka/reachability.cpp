#include "lib/kafka/reachability.h"

#include <chrono>
#include <librdkafka/rdkafka.h>
#include <utility>

namespace vtp {
namespace {

// A host may have several addresses, of which librdkafka tries one after the other.
constexpr std::chrono::seconds unreachable_timeout{2};

}  // namespace

Reachability::Reachability(asio::any_io_executor executor, std::string name,
                           const Diagnostics& diagnostics, std::function<void()> give_up)
    : name_(std::move(name)),
      diagnostics_(diagnostics),
      give_up_(std::move(give_up)),
      giving_up_(std::move(executor)) {}

// That all nodes are down says less than what came before it.
void Reachability::trouble(int error, const std::string& reason) {
  const bool all_down = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  if (!all_down || reason_.empty()) reason_ = reason;
  diagnostics_.debug("{}: {}", name_, reason);
  if (!all_down && error != RD_KAFKA_RESP_ERR__AUTHENTICATION) return;
  if (!give_up_) {
    if (!std::exchange(away_, true))
      diagnostics_.warning("{} cannot be reached: {}", name_, reason_);
    return;
  }
  giving_up_.expires_after(unreachable_timeout);
  giving_up_.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) give_up_();
  });
}

void Reachability::reached() {
  giving_up_.cancel();
  reason_.clear();
  if (std::exchange(away_, false)) diagnostics_.info("{} can be reached again", name_);
}

void Reachability::stop() { giving_up_.cancel(); }

}  // namespace vtp
