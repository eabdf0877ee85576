// The subscribers of a load: each acknowledges what it gets, and has a look whether that is right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

#include "tests/bench/load_events.h"
#include "tests/bench/load_socket.h"
#include "tests/bench/load_tally.h"

namespace vtp {

struct SubscribersOptions {
  std::vector<std::uint16_t> ports;  // of one broker, or of several with the same log, by turns
  std::size_t count = 0;
  // How many different filters they have, by turns, each of which keeps out some events of made ones, an
  // eighth in the mean; 0: none.
  std::size_t filters = 0;
};

// The number that the events must be above to pass a filter.
[[nodiscard]] std::size_t threshold(std::size_t filter, std::size_t filters, std::size_t events);

// How many subscribers want each event.
[[nodiscard]] std::vector<std::size_t> wanted_by(const SubscribersOptions& options,
                                                 std::size_t events);

class Subscribers {
 public:
  Subscribers(Poll& poll, LoadEvents& events, LoadTally& tally, SubscribersOptions options);

  ~Subscribers();

  // All at once.
  void connect();
  // All have been greeted, and have answered; or their connection has ended.
  [[nodiscard]] bool connected() const { return greeted_ == subscribers_.size(); }

 private:
  class Subscriber;

  Poll& poll_;
  LoadEvents& events_;
  LoadTally& tally_;
  SubscribersOptions options_;
  std::list<Subscriber> subscribers_;
  std::string answers_;  // what the one that reads has to say
  std::size_t greeted_ = 0;
};

}  // namespace vtp
