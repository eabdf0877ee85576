#include "lib/store/outage.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds try_interval{1};
constexpr std::size_t least_room = 256 * 1024;  // bytes

}  // namespace

void Outage::begin(const std::string& cause, std::size_t events, std::size_t bytes) {
  cause_ = cause;
  tries_ = 0;
  room_ = least_room + 2 * bytes;
  refused_ += events;
  lasts_ = true;
  next_try_ = steady_clock::now() + try_interval;
  diagnostics_.error("Cannot store events: {}; none is accepted until that works again", cause);
}

void Outage::go_on(const std::string& cause) {
  next_try_ = steady_clock::now() + try_interval;
  if (++tries_ % tries_a_line != 0 && cause == cause_) return;
  cause_ = cause;
  diagnostics_.error("Still cannot store events: {}; refused so far: {}", cause, refused_.load());
}

void Outage::end() {
  lasts_ = false;
  diagnostics_.info("Storing events again; refused meanwhile: {}", refused_.exchange(0));
}

}  // namespace vtp
