#include <utility>

#include "tests/bench/fairness_kinds.h"

namespace vtp {
namespace {

constexpr std::size_t long_name = 64 * 1024;  // bytes

// Authors who submit that again and again, each with a number of its own, and wait for the answers.
PeerPlans authors(std::size_t count, Message (*make)(std::size_t), std::size_t size) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan;
    plan.side = Side::author;
    plan.count = count;
    plan.repeated = make(size);
    plan.waits = true;
    return {plan};
  };
}

// A broker upstream that sends that, as fast as it is taken.
PeerPlans upstream(Message (*make)(std::size_t), std::size_t size) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan;
    plan.side = Side::upstream;
    plan.repeated = make(size);
    return {plan};
  };
}

// Subscribers that say that as fast as they can.
PeerPlans subscribers(std::size_t count, Message (*make)(std::size_t), std::size_t size) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan;
    plan.count = count;
    plan.repeated = make(size);
    return {plan};
  };
}

template <std::string (*children)(std::size_t)>
Message with(std::size_t count) {
  return event_of(children(count));
}
Message long_ivorn(std::size_t size) { return event_named(std::string(size, 'x')); }

}  // namespace

std::vector<FairnessKind> hard_to_read(FairnessScale scale) {
  const auto part = [&](std::size_t full) { return scale.of(full, full / 8); };
  std::vector<FairnessKind> kinds = {
      {"1 MB of attributes in Transport messages",
       subscribers(2, many_attributes_tag, scale.of(104'000, 20'000))},
      {"128 kB of attributes in Transport messages",
       subscribers(4, many_attributes_tag, scale.of(13'500, 6'000))},
      {"events of 1 MB", authors(4, with<many_params>, part(28'000))},
      {"events of 4 MB", authors(4, with<many_params>, part(110'000))},
      {"events of 4 MB: comments", authors(4, with<many_comments>, part(580'000))},
      {"events of 4 MB: instructions", authors(4, with<many_instructions>, part(800'000))},
      {"events of 4 MB: CDATA sections", authors(4, with<many_sections>, part(300'000))},
      {"events of 4 MB: different names", authors(4, with<many_names>, part(460'000))},
      {"events of 4 MB: attributes of one element",
       authors(4, with<many_attributes>, part(380'000))},
      {"events of 4 MB: elements in each other", authors(4, with<nested>, part(590'000))},
      {"events of 4 MB: entity declarations", authors(4, entities, part(180'000))},
      {"events with an ivorn of 64 kB", authors(4, long_ivorn, long_name)},
      {"events with an ivorn of 4 MB", authors(4, long_ivorn, part(4'000'000))},
  };
  const std::vector<std::pair<const char*, PeerPlans>> from_upstream = {
      {"upstream: attributes in Transport messages",
       upstream(many_attributes_tag, scale.of(104'000, 20'000))},
      {"upstream: events of 4 MB: different names", upstream(with<many_names>, part(460'000))},
      {"upstream: events of 4 MB: attributes", upstream(with<many_attributes>, part(380'000))},
      {"upstream: events with an ivorn of 64 kB", upstream(long_ivorn, long_name)},
      {"upstream: ordinary events", upstream(with<many_params>, 100)},
  };
  for (const auto& [name, load] : from_upstream)
    kinds.push_back({.name = name, .load = load, .upstream = true});
  return kinds;
}

}  // namespace vtp
