#include "lib/sessions/selector.h"

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/opened_log.h"
#include "tests/support/other_appender.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t much = 1'000'000;
const auto never = steady_clock::time_point::max();

struct Fixture : OpenedLog {
  std::unique_ptr<Worker> worker = std::make_unique<Worker>();
  Selector selector{*worker, *events};
  SelectionPtr selection = std::make_shared<Selection>(*events);

  ~Fixture() { worker->stop(); }

  static std::string event(int number) {
    return event_with("ivo://a.b/c#" + std::to_string(number),
                      "<Description>" + std::to_string(number) + "</Description>");
  }
  void append(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      const std::string bytes = event(i);
      auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
      REQUIRE(run_to_end(context, events->append(std::move(event), "them")) == Stored::first);
    }
  }
  FilterSetPtr compile(const std::vector<std::string>& texts) {
    return run_to_end(context, selector.compile(selection, texts)).filters;
  }
  // The numbers of what is selected, until nothing is left.
  std::vector<int> select_all(const FilterSetPtr& filters, std::size_t most_bytes = much) {
    std::vector<int> numbers;
    do {
      const Selected selected =
          run_to_end(context, selector.select(selection, filters, most_bytes, never));
      for (const LogEntry& entry : selected.entries)
        numbers.push_back(static_cast<int>(entry.seq));
    } while (!selection->cursor.gave_all());
    return numbers;
  }
};

}  // namespace

TEST_CASE("what meets the filters is selected, in order and in pieces") {
  Fixture fixture;
  fixture.append(1, 9);
  const FilterSetPtr filters = fixture.compile({"//Description > 3 and //Description < 8"});
  CHECK(fixture.select_all(filters, 1) == std::vector{4, 5, 6, 7});
  CHECK(fixture.selection->cursor.at_end());
  fixture.append(10, 1);
  CHECK(fixture.select_all(nullptr) == std::vector{10});
}

TEST_CASE("filters that do not compile are none, and said") {
  Fixture fixture;
  const Compiled compiled =
      run_to_end(fixture.context, fixture.selector.compile(fixture.selection, {"]"}));
  CHECK(compiled.filters == nullptr);
  CHECK(compiled.problems.size() == 1);
}

TEST_CASE("a selection resumes after an event that is not there yet, if it may wait") {
  Fixture fixture;
  fixture.append(1, 1);
  const Resumption wish{digest_of(Fixture::event(2)), std::nullopt, std::chrono::seconds(5)};
  auto resumed = asio::co_spawn(fixture.context, fixture.selector.resume(fixture.selection, wish),
                                asio::use_future);
  fixture.context.restart();
  fixture.context.poll();
  CHECK(fixture.compile({}) == nullptr);  // the worker is done with the first look
  CHECK_FALSE(fixture.selection->cursor.has_resumed());
  fixture.append(2, 2);
  while (resumed.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    fixture.context.run_one();
  CHECK(fixture.selection->cursor.last() == wish.after);
  CHECK_FALSE(fixture.selection->cursor.began_unknown());
  CHECK(fixture.select_all(nullptr) == std::vector{3});
}

TEST_CASE("a selection resumes after an event that is known without catching up") {
  Fixture fixture;
  fixture.append(1, 2);
  OtherAppender other;
  fixture.events->append_through(other);
  const Resumption wish{digest_of(Fixture::event(1)), std::nullopt};
  CHECK(run_to_end(fixture.context, fixture.selector.resume(fixture.selection, wish)));
  CHECK(other.asked == 0);
  CHECK(fixture.select_all(nullptr) == std::vector{2});
}

TEST_CASE("a selection does not resume after an unknown event if the log cannot catch up") {
  Fixture fixture;
  fixture.append(1, 1);
  OtherAppender other;
  fixture.events->append_through(other);
  const auto begin = steady_clock::now();
  const Resumption wish{digest_of(Fixture::event(2)), std::nullopt, std::chrono::seconds(5)};
  CHECK_FALSE(run_to_end(fixture.context, fixture.selector.resume(fixture.selection, wish)));
  CHECK(other.asked == 1);
  CHECK(other.asked_until >= begin + std::chrono::seconds(5));
  CHECK_FALSE(fixture.selection->cursor.has_resumed());
}

TEST_CASE("a selection resumes after an event that comes as the log catches up") {
  Fixture fixture;
  fixture.append(1, 1);
  const bool comes = GENERATE(true, false);
  const int last = comes ? 3 : 1;
  OtherAppender other([&]() -> asio::awaitable<bool> {
    Copied copied;
    for (int i = 2; i <= last; ++i) {
      const std::string bytes = Fixture::event(i);
      copied.events.push_back({std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}}),
                               "log[0]", fixture.clock.now()});
    }
    const auto fates = co_await fixture.events->copy(std::move(copied));
    co_return fates.has_value();
  });
  fixture.events->append_through(other);
  const Resumption wish{digest_of(Fixture::event(2)), std::nullopt};
  CHECK(run_to_end(fixture.context, fixture.selector.resume(fixture.selection, wish)));
  CHECK(other.asked == 1);
  CHECK(fixture.selection->cursor.began_unknown() == !comes);
  CHECK(fixture.select_all(nullptr) == std::vector{comes ? 3 : 1});
}

TEST_CASE("a selection that is recalled ends where it is, and goes on from there") {
  Fixture fixture;
  fixture.append(1, 50);
  const FilterSetPtr filters = fixture.compile({"//Description = 50"});
  std::vector<int> numbers;
  auto pending = asio::co_spawn(fixture.context,
                                fixture.selector.select(fixture.selection, filters, much, never),
                                asio::use_future);
  fixture.context.restart();
  fixture.context.poll();
  fixture.selection->recall();
  fixture.context.restart();
  fixture.context.run();
  const Selected first = pending.get();
  for (const LogEntry& entry : first.entries)
    numbers.push_back(static_cast<int>(entry.seq));
  for (const int number : fixture.select_all(filters))
    numbers.push_back(number);
  CHECK(numbers == std::vector{50});
}

TEST_CASE("a selection that finds nothing comes back at its time") {
  Fixture fixture;
  fixture.append(1, 500);
  const FilterSetPtr filters = fixture.compile({"//Nothing"});
  const Selected selected =
      run_to_end(fixture.context,
                 fixture.selector.select(fixture.selection, filters, much, steady_clock::now()));
  CHECK(selected.entries.empty());
  CHECK_FALSE(fixture.selection->cursor.at_end());
}

TEST_CASE(
    "a subscriber whose filters take more than their share is slowed down until they do not") {
  Fixture fixture;
  std::string costly = "//*[string(/)='x']";
  for (int i = 0; i < 150; ++i)
    costly += " or //*[string(/)='x']";
  std::string body;
  for (int i = 0; i < 200; ++i)
    body += "<Description>" + std::to_string(i) + "</Description>";
  for (int i = 0; i < 22; ++i) {
    const std::string bytes = event_with("ivo://a.b/c#" + std::to_string(i), body);
    auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
    REQUIRE(run_to_end(fixture.context, fixture.events->append(event, "them")) == Stored::first);
  }
  std::vector<std::string> texts;
  for (int i = 0; i < 2; ++i)
    texts.push_back(costly + " or '" + std::to_string(i) + "'='x'");
  fixture.select_all(fixture.compile(texts));
  CHECK(fixture.selection->is_slowed());
  fixture.append(1000, 100);
  fixture.select_all(fixture.compile({"//Nothing"}));
  CHECK_FALSE(fixture.selection->is_slowed());
}

}  // namespace vtp
