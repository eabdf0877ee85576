#include <chrono>
#include <utility>

#include "tests/bench/fairness_kinds.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t few_descriptors = 256;  // of a broker
constexpr std::size_t some_descriptors = 512;

PeerPlans only(PeerPlan plan) {
  return [plan = std::move(plan)]() -> std::vector<PeerPlan> { return {plan}; };
}

// Who says nothing, and connects anew as soon as that is over.
PeerPlan silent(Side side, std::size_t count, std::size_t addresses) {
  PeerPlan plan;
  plan.side = side;
  plan.count = count;
  plan.addresses = addresses;
  return plan;
}

// Who says that as fast as it is taken.
PeerPlan flood(Side side, std::size_t count, Message message) {
  PeerPlan plan;
  plan.side = side;
  plan.count = count;
  plan.repeated = std::move(message);
  return plan;
}

// Authors of a large message that never ends.
PeerPlans half_a_message(std::size_t count, std::size_t params, bool drips) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan = flood(Side::author, count, event_of(many_params(params)));
    plan.addresses = 16;
    plan.stops = true;
    plan.drips = drips;
    plan.interval = 20ms;
    return {plan};
  };
}

PeerPlan connecting(Side side, Message opening) {
  PeerPlan plan = silent(side, 4, 4);
  plan.opening = [opening = std::move(opening)](std::size_t) { return opening; };
  plan.again = Again::at_once;
  return plan;
}

Message junk() { return Message::raw("GET / HTTP/1.1\r\n\r\n" + std::string(4096, '\x1b')); }

std::vector<FairnessKind> descriptors(FairnessScale scale) {
  return {
      {.name = "300 silent subscribers, 256 descriptors",
       .load = only(silent(Side::subscriber, 300, 1)),
       .descriptors = few_descriptors},
      {.name = "300 silent subscribers of many addresses",
       .load = only(silent(Side::subscriber, 300, 60)),
       .descriptors = few_descriptors},
      {.name = "900 silent authors, 512 descriptors",
       .load = only(silent(Side::author, scale.of(900, 600), 1)),
       .descriptors = some_descriptors},
      {.name = "900 silent authors of many addresses",
       .load = only(silent(Side::author, scale.of(900, 600), 180)),
       .descriptors = some_descriptors},
      {.name = "connections to the authors' port and away",
       .load = only(connecting(Side::author, {}))},
      {.name = "connections to the subscribers' port and away",
       .load = only(connecting(Side::subscriber, {}))},
  };
}

std::vector<FairnessKind> memory(FairnessScale scale) {
  const std::size_t params = scale.of(110'000, 14'000);
  PeerPlan large_events = flood(Side::author, 2, event_of(many_params(params)));
  large_events.waits = true;
  large_events.interval = 250ms;
  return {
      {"500 authors stop within an event of 4 MB",
       half_a_message(scale.of(500, 60), params, false)},
      {"500 authors drip an event of 4 MB", half_a_message(scale.of(500, 60), params, true)},
      {"200 subscribers that never read, events of 4 MB",
       [scale, large_events]() -> std::vector<PeerPlan> {
         PeerPlan deaf = silent(Side::subscriber, scale.of(200, 20), 16);
         deaf.opening = [](std::size_t) { return request({}); };
         deaf.reads = false;
         return {deaf, large_events};
       }},
  };
}

std::vector<FairnessKind> each_message() {
  return {
      {"naks as fast as can be", only(flood(Side::subscriber, 4, nak(4000)))},
      {"filters that do not compile as fast as can be",
       only(flood(Side::subscriber, 4, request(filters(FilterKind::broken, 16))))},
      {"acks that nobody asked for as fast as can be", only(flood(Side::subscriber, 4, ack()))},
      {"junk to the authors' port", only(connecting(Side::author, junk()))},
      {"junk to the subscribers' port", only(connecting(Side::subscriber, junk()))},
      {"duplicates as fast as can be",
       only(flood(Side::author, 8, Message::framed(valid_event("ivo://example.org/busy#same"))))},
      {"invalid events as fast as can be",
       only(flood(Side::author, 8,
                  Message::framed(event_with("ivo://example.org/busy#1", "<Why/>"))))},
  };
}

}  // namespace

std::vector<FairnessKind> never_enough(FairnessScale scale) {
  std::vector<FairnessKind> kinds;
  for (auto&& some : {descriptors(scale), memory(scale), each_message()})
    kinds.insert(kinds.end(), some.begin(), some.end());
  PeerPlan events = flood(Side::author, 4, event_of(""));
  events.total = 250;
  PeerPlan again = events;
  again.total = 0;
  again.interval = 20ms;
  again.waits = true;
  kinds.push_back({.name = "1,000 events wait for a command that sleeps",
                   .load = only(again),
                   .before = only(events),
                   .options = {"--cmd=sleep 60", "--cmd-jobs=64"}});
  return kinds;
}

}  // namespace vtp
