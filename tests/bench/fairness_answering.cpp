#include <chrono>

#include "lib/base/clock.h"
#include "tests/bench/fairness_kinds.h"

namespace vtp {
namespace {

using namespace std::chrono_literals;

constexpr const char* long_ago = "2020-01-01T00:00:00";
constexpr std::size_t most_filters = 16;  // of a subscriber

// An author's ordinary events, so often.
PeerPlan ordinary_events(std::chrono::milliseconds interval) {
  PeerPlan plan;
  plan.side = Side::author;
  plan.repeated = event_of(many_params(20));
  plan.interval = interval;
  plan.waits = true;
  return plan;
}

// Subscribers with filters of their own, who stay; since then, if that is not empty.
PeerPlan with_filters(std::size_t count, FilterKind kind, const std::string& since = "") {
  PeerPlan plan;
  plan.count = count;
  plan.opening = [=](std::size_t number) {
    return request(filters(kind, most_filters, number), since);
  };
  return plan;
}

// Those who come back again and again for all that the log has.
PeerPlans returning(std::size_t count, FilterKind kind) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan = with_filters(count, kind, long_ago);
    plan.again = Again::caught_up;
    return {plan};
  };
}

// As many events as fill what a broker keeps in memory, and more.
PeerPlans many_events(std::size_t count) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan;
    plan.side = Side::author;
    plan.count = 4;
    plan.repeated = event_of(many_params(16));
    plan.total = count / 4;
    return {plan};
  };
}

PeerPlans asking(std::size_t count, Message question) {
  return [=]() -> std::vector<PeerPlan> {
    PeerPlan plan;
    plan.count = count;
    plan.repeated = question;
    return {plan};
  };
}

}  // namespace

std::vector<FairnessKind> costly_to_answer(FairnessScale scale) {
  using enum FilterKind;
  const std::string all_but_the_mark(64 - number_mark.size(), '0');
  const std::size_t newest = scale.of(20'000, 1'000);  // events: more than are kept in memory
  return {
      {.name = "comes back to the newest events, 16 costly filters",
       .load = returning(1, costly),
       .before = many_events(newest)},
      {.name = "comes back to the newest events, 16 cheap filters",
       .load = returning(1, cheap),
       .before = many_events(newest)},
      {.name = "comes back to old events, 16 costly filters",
       .load = returning(1, costly),
       .old_events = OldEvents::many},
      {.name = "comes back to old events, 16 cheap filters",
       .load = returning(1, cheap),
       .old_events = OldEvents::many},
      {.name = "8 come back to old events, 16 costly filters",
       .load = returning(8, costly),
       .old_events = OldEvents::many},
      {.name = "30 subscribers with 16 costly filters",
       .load = [scale]() -> std::vector<PeerPlan> {
         return {with_filters(scale.of(30, 5), costly), ordinary_events(100ms)};
       }},
      {.name = "20,000 comments and string(//comment())",
       .load = [scale]() -> std::vector<PeerPlan> {
         PeerPlan listener;
         listener.opening = [](std::size_t) {
           std::vector<std::string> own;
           for (const char* end : {"a", "b", "c", "d"})
             own.push_back(std::string("string(//comment())='") + end + "'");
           return request(own);
         };
         PeerPlan author = ordinary_events(250ms);
         author.repeated = event_of(many_comments(scale.of(20'000, 4'000)));
         return {listener, author};
       }},
      {.name = "new filters as fast as can be",
       .load = asking(2, request(filters(costly, most_filters)))},
      {.name = "asks since a time to come as fast as can be",
       .load = asking(4, request({}, "2099-01-01T00:00:00")),
       .old_events = OldEvents::many},
      {.name = "asks since a moment ago as fast as can be",
       .load =
           [] {
             const auto now =
                 std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - 2s);
             return asking(4, request({}, utc_text(Time(now))))();
           },
       .old_events = OldEvents::many},
      {.name = "asks behind unknown events as fast as can be",
       .load = asking(4, request({}, "", std::string(number_mark) + all_but_the_mark)),
       .old_events = OldEvents::many},
      {.name = "asks for everything as fast as can be",
       .load = asking(4, request({}, long_ago)),
       .old_events = OldEvents::many},
  };
}

std::vector<FairnessKind> only_busy(FairnessScale scale) {
  using enum FilterKind;
  return {
      {.name = "300 listeners come back, each with a filter",
       .load = [scale]() -> std::vector<PeerPlan> {
         PeerPlan plan;
         plan.count = plan.addresses = scale.of(300, 30);
         plan.opening = [](std::size_t number) {
           return request(filters(number % 2 == 0 ? cheap : all, 1, number), long_ago);
         };
         plan.again = Again::never;
         return {plan};
       },
       .old_events = OldEvents::some},
      {.name = "1,000 subscribers with 16 cheap filters",
       .load = [scale]() -> std::vector<PeerPlan> {
         PeerPlan plan = with_filters(scale.of(1'000, 50), cheap);
         plan.addresses = plan.count;
         return {plan, ordinary_events(20ms)};
       }},
      {.name = "10 replays from the beginning",
       .load = [scale]() -> std::vector<PeerPlan> {
         PeerPlan plan;
         plan.count = plan.addresses = scale.of(10, 4);
         plan.opening = [](std::size_t) { return request({}, long_ago); };
         plan.again = Again::caught_up;
         return {plan};
       },
       .old_events = OldEvents::many},
      {.name = "10,000 subscribers that keep up",
       .load = [scale]() -> std::vector<PeerPlan> {
         PeerPlan plan;
         plan.count = plan.addresses = scale.of(9'500, 300);
         plan.opening = [](std::size_t) { return request({}); };
         return {plan};
       }},
      {.name = "16 authors without a pause",
       .load = []() -> std::vector<PeerPlan> {
         PeerPlan plan = ordinary_events(0ms);
         plan.count = plan.addresses = 16;
         return {plan};
       }},
  };
}

}  // namespace vtp
