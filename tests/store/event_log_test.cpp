#include "lib/store/event_log.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/opened_log.h"
#include "tests/support/other_appender.h"

namespace vtp {
namespace {

struct Fixture : OpenedLog {
  Stored append(const std::string& bytes) {
    auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
    return run_to_end(context, events->append(std::move(event), "them"));
  }
  std::vector<std::string> read_after(Sequence position) {
    std::vector<std::string> out;
    for (const LogEntry& entry : run_to_end(context, events->read_after(position, 1000)))
      out.push_back(entry.event->bytes);
    return out;
  }
  std::string source_of(Sequence event) {
    return run_to_end(context, events->read_after(event - 1, 1)).front().source;
  }
};

}  // namespace

TEST_CASE("the log is read behind a position, whether that is in memory or on disk") {
  Fixture fixture;
  CHECK(fixture.append("a") == Stored::first);
  CHECK(fixture.append("b") == Stored::first);
  CHECK(fixture.read_after(0) == std::vector<std::string>{"a", "b"});
  CHECK(fixture.source_of(1) == "them");
  fixture.open();  // memory is empty now
  CHECK(fixture.source_of(1) == "them");
  CHECK(fixture.events->last() == 2);
  CHECK(fixture.append("b") == Stored::duplicate);
  CHECK(fixture.append("c") == Stored::first);
  CHECK(fixture.read_after(0) == std::vector<std::string>{"a", "b", "c"});
  CHECK(fixture.read_after(2) == std::vector<std::string>{"c"});
  CHECK(fixture.read_after(fixture.events->last()).empty());
}

TEST_CASE("an event from memory was received when it was on disk") {
  Fixture fixture;
  fixture.append("a");
  const auto in_memory = fixture.events->newest_after(0, 1000);
  REQUIRE(in_memory);
  EventLog::Reader reader(*fixture.events);
  CHECK(reader.received_after(0) == in_memory->front().received);
  CHECK(in_memory->front().received == fixture.clock.now());
}

TEST_CASE("the transactions are counted, with the events in each") {
  Fixture fixture;
  fixture.append("a");
  fixture.append("a");
  const HistogramValue events = fixture.events->commit_figures().events.value();
  CHECK(events.sum == 1);
  CHECK(events.counts.front() == 2);
  CHECK(fixture.events->commit_figures().seconds.value().sum > 0);
}

TEST_CASE("a log is one broker's at a time, by whatever name") {
  const Fixture fixture;
  const std::string link = fixture.folder.file("link.db");
  std::filesystem::create_symlink("events.db", link);
  CHECK_THROWS_WITH(
      EventLog(link, Keep{}, fixture.clock, fixture.diagnostics),
      Catch::Matchers::ContainsSubstring("events.db is in use by another broker (process "));
  CHECK_NOTHROW(
      EventLog(fixture.folder.file("other.db"), Keep{}, fixture.clock, fixture.diagnostics));
}

TEST_CASE("positions are found by digest and by time") {
  Fixture fixture;
  fixture.append("a");
  fixture.clock.advance(std::chrono::hours(1));
  fixture.append("b");
  EventLog::Reader reader(*fixture.events);
  CHECK(reader.find(digest_of("b")) == 2);
  CHECK(reader.find(digest_of("c")) == std::nullopt);
  CHECK(reader.digest_at(1) == digest_of("a"));
  CHECK(reader.before(fixture.clock.now()) == 1);
}

TEST_CASE("cursors outlive the run that they were kept in") {
  Fixture fixture;
  CHECK(fixture.events->handler_cursor("print") == std::nullopt);
  fixture.events->keep_cursor("print", 3);
  fixture.events->keep_cursor("save /tmp", 4);
  fixture.events->keep_cursor("a.b:8099", digest_of("a"));
  fixture.open();
  CHECK(fixture.events->handler_cursor("print") == Sequence{3});
  CHECK(fixture.events->upstream_cursor("a.b:8099") == digest_of("a"));
  fixture.events->forget_handlers_but({"print"});
  CHECK(fixture.events->handler_cursor("print") == Sequence{3});
  CHECK(fixture.events->handler_cursor("save /tmp") == std::nullopt);
}

TEST_CASE("a log that nobody else appends to has all events at once") {
  Fixture fixture;
  const std::chrono::steady_clock::time_point long_ago;
  CHECK(run_to_end(fixture.context, fixture.events->catch_up(long_ago)));
}

TEST_CASE("a log tells whether it has an event") {
  Fixture fixture;
  const auto has = [&](const std::string& bytes) {
    return run_to_end(fixture.context, fixture.events->has(digest_of(bytes)));
  };
  CHECK_FALSE(has("a"));
  fixture.append("a");
  CHECK(has("a"));
  fixture.open();
  CHECK(has("a"));
  CHECK_FALSE(has("b"));
}

TEST_CASE("what is appended through another way comes into the log only from there") {
  Fixture fixture;
  OtherAppender other;
  fixture.events->append_through(other);
  CHECK(fixture.append("a") == Stored::failed);
  CHECK(other.noted == "them a\n");
  CHECK_FALSE(run_to_end(fixture.context, fixture.events->catch_up({})));
  CHECK(fixture.events->last() == 0);
  CHECK(fixture.events->copy_log("cluster", "topic").next == 0);
  const auto event = std::make_shared<const Event>(Event{"b", digest_of("b"), {}});
  CHECK(run_to_end(fixture.context,
                   fixture.events->copy({{{event, "topic[0]", fixture.clock.now()}}, 5})) ==
        std::vector{Stored::first});
  CHECK(fixture.read_after(0) == std::vector<std::string>{"b"});
  CHECK_FALSE(fixture.events->has_outage());
  fixture.open();
  CHECK(fixture.events->copied_log()->next == 5);
}

}  // namespace vtp
