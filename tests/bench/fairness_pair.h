// Those who behave well beside a load: an author that submits ten events a second, each over a connection of
// its own, and two subscribers, one of them with a filter; and how long they wait.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/load_socket.h"
#include "tests/bench/load_tally.h"

namespace vtp {

// warming: a broker that has just been started is slower, which is nobody's fault.
enum class Phase : std::uint8_t { warming, before, during, after };
inline constexpr std::size_t phases = 4;

// The times that something took, in ms.
class Waits {
 public:
  void add(LoadClock::duration wait);
  [[nodiscard]] std::size_t count() const { return waits_.size(); }
  // 0 where there are none.
  [[nodiscard]] double percentile(std::size_t percent) const;
  [[nodiscard]] double median() const { return percentile(50); }
  [[nodiscard]] double p99() const { return percentile(99); }
  [[nodiscard]] double maximum() const { return percentile(100); }

 private:
  std::vector<double> waits_;
};

// How long the events of one phase took, from connecting on.
struct PairWaits {
  Waits ack, delivery, filtered;  // to the author; to the subscriber without a filter; to the other
};

// One thread, which does nothing else that takes long.
class FairnessPair {
 public:
  // The subscribers connect. Ports of 127.0.0.1.
  FairnessPair(Poll& poll, std::uint16_t submit, std::uint16_t broadcast);
  ~FairnessPair();

  // Both subscribers have been greeted and have answered.
  [[nodiscard]] bool connected() const;
  // Submits an event each 100 ms, whatever became of those before, until `done()`.
  void submit(Phase phase, const std::function<bool()>& done);
  // Waits until every event has its answer and its deliveries, or until `limit` is over. What is not there
  // then has waited at least until now, and is counted like that.
  void settle(std::chrono::milliseconds limit);

  [[nodiscard]] const PairWaits& waits(Phase phase) const;
  [[nodiscard]] std::size_t submitted() const { return events_.size(); }
  [[nodiscard]] std::size_t refused() const { return refused_; }  // and those that were cut off
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }  // until settle() gave up
  [[nodiscard]] std::size_t lost() const {
    return lost_;
  }  // acknowledged, but not delivered until then
  [[nodiscard]] std::size_t doubled() const { return doubled_; }
  [[nodiscard]] std::size_t dropped() const { return dropped_; }  // subscribers that were cut off

 private:
  class Author;
  class Subscriber;
  enum class Answer : std::uint8_t { none, accepted, refused };
  struct Submitted {
    LoadClock::time_point begin;
    Phase phase = Phase::warming;
    Answer answer = Answer::none;
    std::array<bool, 2> has{};  // what the subscribers have
    bool settled = false;
  };

  [[nodiscard]] bool complete(const Submitted& event) const;
  void answered(std::size_t number, Answer answer);
  void delivered(std::size_t subscriber, std::string_view payload);
  void give_up(Submitted& event);
  Waits& deliveries(std::size_t subscriber, Phase phase);

  Poll& poll_;
  std::uint16_t submit_;
  std::string run_;  // keeps these events apart from those of other pairs
  std::array<PairWaits, phases> waits_;
  std::vector<Submitted> events_;
  std::list<Author> authors_;  // whose connection is open
  std::list<Subscriber> subscribers_;
  LoadClock::time_point due_;
  std::size_t refused_ = 0;
  std::size_t unanswered_ = 0;
  std::size_t lost_ = 0;
  std::size_t doubled_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace vtp
