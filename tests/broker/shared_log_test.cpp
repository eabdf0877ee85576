#include "lib/broker/shared_log.h"

#include <algorithm>
#include <chrono>

#include "tests/broker/shared_log_fixture.h"
#include "tests/support/sql.h"

namespace vtp::test {
namespace {

using Catch::Matchers::ContainsSubstring;

using Ivorns = std::vector<std::string>;

std::string ivorn(int number) { return "ivo://a.b/c#" + std::to_string(number); }

Time real_time() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

TEST_CASE("an event is in all copies once its author hears that it is the first") {
  SharedTopic topic;
  Copy one(topic);
  Copy other(topic);
  open(one, other);
  CHECK(one.append(ivorn(1)) == Stored::first);
  CHECK(one.ivorns() == Ivorns{ivorn(1)});
  CHECK(one.next() == 1);
  CHECK(other.catches_up());
  CHECK(other.ivorns() == Ivorns{ivorn(1)});
  CHECK(Store(one.path()).read_after(0, 1).front().source == "author");
  CHECK(Store(other.path()).read_after(0, 1).front().source == "log[0]@0");
  CHECK(other.append(ivorn(1)) == Stored::duplicate);
  CHECK(topic.cluster.read("log", 1).front().headers.at("vtp-source") == "a broker");
  CHECK(other.append(ivorn(2)) == Stored::first);
  CHECK(other.next() == 2);  // the duplicate was not sent
}

TEST_CASE("of equal events that come to several brokers at once one is the first") {
  SharedTopic topic;
  Copy one(topic);
  Copy other(topic);
  open(one, other);
  constexpr int events = 20;
  std::vector<std::future<Stored>> fates;
  for (int i = 0; i < events; ++i)
    for (Copy* const copy : {&one, &other, &one})
      fates.push_back(copy->begin_to_append(ivorn(i)));
  int firsts = 0;
  for (std::size_t i = 0; i < fates.size(); i += 3) {
    int of_this = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      REQUIRE(one.ends(fates[j]));
      const Stored fate = fates[j].get();
      CHECK(fate != Stored::failed);
      of_this += fate == Stored::first ? 1 : 0;
    }
    CHECK(of_this == 1);
    firsts += of_this;
  }
  CHECK(firsts == events);
  CHECK(one.catches_up());
  CHECK(other.catches_up());
  CHECK(one.ivorns().size() == events);
  CHECK(one.ivorns() == other.ivorns());
  CHECK(one.next() == other.next());
}

TEST_CASE("a copy that is opened has all that the topic has, whoever sent it, and no more") {
  SharedTopic topic;
  topic.write(ivorn(1));
  topic.cluster.write("log", std::nullopt, "a tombstone");
  topic.cluster.write("log", "<html/>");
  topic.write(ivorn(2));
  topic.write(ivorn(1));
  topic.cluster.write("log", R"({"a": "notice"})");
  Copy copy(topic);
  copy.open();
  CHECK(copy.ivorns() == Ivorns{ivorn(1), ivorn(2)});
  CHECK(copy.next() == 6);
  CHECK(copy.times_said("Reading 6 message(s) of " + copy.name() + " before peers can connect") ==
        1);
  CHECK(copy.times_said("The copy of " + copy.name() + " is complete") == 1);
  CHECK(copy.append(ivorn(2)) == Stored::duplicate);
  CHECK(copy.append(ivorn(3)) == Stored::first);
}

TEST_CASE(
    "what comes into the topic from elsewhere comes into all copies, and the rest is passed over") {
  SharedTopic topic;
  Copy one(topic);
  Copy other(topic);
  open(one, other);
  topic.cluster.write("log", "no event");
  topic.write(ivorn(1));
  topic.cluster.write("log", std::nullopt, "a tombstone");
  for (Copy* const copy : {&one, &other}) {
    CHECK(copy->catches_up());
    CHECK(copy->ivorns() == Ivorns{ivorn(1)});
    CHECK(copy->next() == 3);
    CHECK(copy->says("VOEvent " + ivorn(1) + " received from log[0]@1"));
  }
  CHECK(one.append(ivorn(1)) == Stored::duplicate);
}

TEST_CASE("a copy goes on where it was, and has nothing twice") {
  SharedTopic topic;
  Copy copy(topic);
  copy.open();
  CHECK(copy.append(ivorn(1)) == Stored::first);
  copy.start_again();
  topic.write(ivorn(2));
  copy.open();
  CHECK(copy.times_said("Reading 1 message(s) of") == 1);
  CHECK(copy.ivorns() == Ivorns{ivorn(1), ivorn(2)});
  copy.start_again();
  copy.open();
  CHECK(copy.times_said("Reading 0 message(s) of") == 2);
  CHECK(copy.append(ivorn(1)) == Stored::duplicate);
}

TEST_CASE(
    "an event is received when its message says, the same in all copies, but not in the future") {
  SharedTopic topic;
  const Time before = real_time();
  Copy late(topic, test_timeout, before + std::chrono::hours(1));
  Copy later(topic, test_timeout, before + std::chrono::hours(2));
  Copy early(topic, test_timeout, before - std::chrono::hours(1));
  late.open();
  CHECK(late.append(ivorn(1)) == Stored::first);
  topic.write(ivorn(2));
  open(later, early);
  CHECK(late.catches_up());
  const auto ago = std::chrono::milliseconds(1);  // which is what timestamps are rounded to
  for (const char* sql :
       {"SELECT received FROM event WHERE seq = 1", "SELECT received FROM event WHERE seq = 2"}) {
    const std::int64_t received = late.number(sql);
    CHECK(received == later.number(sql));
    CHECK(Time(std::chrono::microseconds(received)) >= before - ago);
    CHECK(Time(std::chrono::microseconds(received)) <= real_time());
    CHECK(Time(std::chrono::microseconds(early.number(sql))) == before - std::chrono::hours(1));
  }
}

TEST_CASE("a topic that is not fit to be a shared log is refused") {
  SharedTopic topic;
  Copy copy(topic);
  SECTION("for what the cluster says") {
    const KafkaCluster other;
    SharedLogOptions options;
    options.endpoint = parse_kafka_destination("kafka://" + other.hosts() + "/log").value();
    const TestClock clock;
    const Diagnostics silent("test", LineStyle::tool, Level::error, clock, /*fd=*/-1);
    std::string reason;
    SECTION("it is not there") {
      rd_kafka_mock_topic_set_error(other.mock(), "log", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
      reason = "there is no topic log";
    }
    SECTION("it has several partitions") {
      other.create("log", 2);
      reason = "the topic log has 2 partitions";
    }
    SharedLog shared(topic.context.get_executor(), options, copy.events(), clock, silent);
    auto opened = asio::co_spawn(topic.context, shared.open(), asio::use_future);
    REQUIRE(copy.ends(opened));
    CHECK_THROWS_WITH(opened.get(), ContainsSubstring(reason));
    CHECK_FALSE(copy.events().copied_log());  // the database is as it was
  }
  SECTION("since the database has events from elsewhere") {
    run_sql(copy.path(), "INSERT INTO sqlite_sequence VALUES('event', 1)");
    CHECK_THROWS_WITH(copy.open(), ContainsSubstring("has events that are not from the topic log"));
  }
  SECTION("since the database is a copy of another cluster") {
    copy.open();
    copy.stop();
    run_sql(copy.path(), "UPDATE shared_log SET cluster = 'other'");
    copy.start_again();
    CHECK_THROWS_WITH(copy.open(),
                      ContainsSubstring("is a copy of the topic log of the cluster other"));
  }
  SECTION("since it has fewer messages than the copy") {
    topic.write(ivorn(1));
    copy.open();
    copy.stop();
    run_sql(copy.path(), "UPDATE shared_log SET next = 2");
    copy.start_again();
    CHECK_THROWS_WITH(
        copy.open(),
        ContainsSubstring(copy.name() + ": the topic ends at offset 1, and the copy " +
                          copy.path() + " has what is before 2: the topic was made anew"));
  }
}

TEST_CASE("messages that the topic no longer has are said to be missed, and the rest is read") {
  SharedTopic topic;
  // More than the cluster keeps.
  for (int i = 0; i < 8; ++i)
    topic.cluster.write("log", std::string(900'000, 'x'));
  topic.write(ivorn(1));
  Copy copy(topic);
  copy.open();
  CHECK(copy.times_said("message(s) of log[0] are missed, which are no longer stored") == 1);
  CHECK(copy.ivorns() == Ivorns{ivorn(1)});
  CHECK(copy.next() == 9);
}

TEST_CASE("a copy catches up with the topic as it is when it is asked") {
  SharedTopic topic;
  Copy copy(topic);
  copy.open();
  CHECK(copy.catches_up());  // there is nothing
  for (int i = 0; i < 3; ++i) {
    topic.write(ivorn(i));
    CHECK(copy.catches_up());
    CHECK(copy.events().last() == static_cast<Sequence>(i + 1));
  }
}

}  // namespace vtp::test
