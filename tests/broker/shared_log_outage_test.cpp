// A shared log whose cluster or disk does not work.
#include <chrono>

#include "lib/broker/shared_log.h"
#include "tests/broker/shared_log_fixture.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/sql.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

using Ivorns = std::vector<std::string>;

std::string ivorn(int number) { return "ivo://a.b/c#" + std::to_string(number); }

constexpr milliseconds short_time{500};
constexpr int late = 60'000;  // ms
constexpr int broker = 1;     // the only one of a cluster

// Whether the cluster has got all requests to store something for which it has an error or a delay.
bool has_got_all(const SharedTopic& topic) {
  std::size_t left = 0;
  return rd_kafka_mock_broker_error_stack_cnt(topic.cluster.mock(), broker, produce_request,
                                              &left) == RD_KAFKA_RESP_ERR_NO_ERROR &&
         left == 0;
}

}  // namespace

TEST_CASE("while the cluster is away events fail, and then they do not") {
  SharedTopic topic;
  Copy copy(topic, short_time);
  copy.open();
  REQUIRE(copy.appended_in_the_end(ivorn(1)) != Stored::failed);
  rd_kafka_mock_broker_set_down(topic.cluster.mock(), broker);
  CHECK(copy.append(ivorn(2)) == Stored::failed);
  CHECK(copy.append(ivorn(2)) == Stored::failed);
  CHECK(copy.append(ivorn(1)) == Stored::duplicate);  // which the copy knows
  CHECK(copy.times_said(copy.name() + " takes no events: ") == 1);
  CHECK(copy.times_said("takes events again") == 0);
  rd_kafka_mock_broker_set_up(topic.cluster.mock(), broker);
  CHECK(copy.appended_in_the_end(ivorn(2)) != Stored::failed);
  CHECK(copy.ivorns() == Ivorns{ivorn(1), ivorn(2)});
  CHECK(copy.append(ivorn(2)) == Stored::duplicate);
  CHECK(copy.times_said(copy.name() + " takes events again") == 1);
}

TEST_CASE("an event that too few replicas would have fails in time") {
  SharedTopic topic;
  Copy copy(topic, short_time);
  copy.open();
  const std::vector<rd_kafka_resp_err_t> errors(100, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  rd_kafka_mock_push_request_errors_array(topic.cluster.mock(), produce_request, errors.size(),
                                          errors.data());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(copy.append(ivorn(1)) == Stored::failed);
  CHECK(std::chrono::steady_clock::now() - begin < test_timeout / 2);
  CHECK(copy.times_said(copy.name() + " takes no events: ") == 1);
  CHECK(copy.ivorns().empty());
  rd_kafka_mock_clear_request_errors(topic.cluster.mock(), produce_request);
  CHECK(copy.appended_in_the_end(ivorn(1)) != Stored::failed);
  CHECK(copy.ivorns() == Ivorns{ivorn(1)});
  CHECK(copy.times_said(copy.name() + " takes events again") == 1);
}

TEST_CASE("while the topic takes no events one at a time is tried") {
  SharedTopic topic;
  Copy copy(topic);
  copy.open();
  constexpr int at_once = 0;
  constexpr int soon = 500;  // ms
  rd_kafka_mock_broker_push_request_error_rtts(topic.cluster.mock(), broker, produce_request, 2,
                                               RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, at_once,
                                               RD_KAFKA_RESP_ERR_NO_ERROR, soon);
  CHECK(copy.append(ivorn(1)) == Stored::failed);
  CHECK(copy.times_said(" takes no events: ") == 1);
  auto tried = copy.begin_to_append(ivorn(2));
  REQUIRE(comes_true(topic.context, [&] { return has_got_all(topic); }));
  for (int i = 3; i < 6; ++i)
    CHECK(copy.append(ivorn(i)) == Stored::failed);
  CHECK_FALSE(Copy::has_ended(tried));
  REQUIRE(copy.ends(tried));
  CHECK(tried.get() == Stored::first);
  CHECK(copy.times_said(" takes events again") == 1);
  auto third = copy.begin_to_append(ivorn(3));
  CHECK(copy.append(ivorn(4)) == Stored::first);
  REQUIRE(copy.ends(third));
  CHECK(third.get() == Stored::first);
  CHECK(copy.events().last() == 3);
}

TEST_CASE("an event that the cluster refuses is refused alone") {
  SharedTopic topic;
  Copy copy(topic);
  copy.open();
  rd_kafka_mock_push_request_errors(topic.cluster.mock(), produce_request, 1,
                                    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  CHECK(copy.append(ivorn(1)) == Stored::refused);
  CHECK(copy.times_said(copy.name() + " does not take " + ivorn(1) + ": ") == 1);
  CHECK(copy.times_said(" takes no events: ") == 0);
  CHECK(copy.append(ivorn(2)) == Stored::first);
}

TEST_CASE("a copy that cannot be written in time has not caught up") {
  SharedTopic topic;
  Copy copy(topic);
  copy.open();
  {
    const WriteLock lock(copy.path());
    topic.write(ivorn(1));
    CHECK_FALSE(copy.catches_up(milliseconds(50)));
  }
  CHECK(copy.catches_up());
  CHECK(copy.ivorns() == Ivorns{ivorn(1)});
}

TEST_CASE("while the disk fails events fail, and what the topic has is copied afterwards") {
  FaultyDisk disk;
  SharedTopic topic;
  Copy copy(topic, short_time);
  copy.open();
  disk.fail_at(1, Fault::full, /*lasts=*/true);
  topic.write(ivorn(1));
  REQUIRE(comes_true(topic.context, [&] { return copy.events().has_outage(); }));
  CHECK(copy.append(ivorn(2)) == Stored::failed);
  topic.write(ivorn(3));
  disk.mend();
  CHECK(copy.catches_up());
  CHECK(copy.ivorns() == Ivorns{ivorn(1), ivorn(3)});  // the other was not sent
  CHECK(copy.next() == 2);
  CHECK(copy.appended_in_the_end(ivorn(2)) == Stored::first);
}

TEST_CASE("an event that does not come back in time fails, and may come later") {
  SharedTopic topic;
  Copy copy(topic, short_time);
  copy.open();
  {
    const WriteLock lock(copy.path());
    CHECK(copy.append(ivorn(1)) == Stored::failed);
    CHECK(copy.says("1 event(s) that " + copy.name() + " has taken did not come back in time"));
    CHECK(copy.times_said(" takes no events: ") == 0);
  }
  CHECK(copy.comes_to_have(1));
  CHECK(copy.append(ivorn(1)) == Stored::duplicate);
}

TEST_CASE("what is being appended when the log is stopped fails, and then nothing runs any more") {
  SharedTopic topic;
  Copy copy(topic);
  copy.open();
  SECTION("without an answer of the cluster") {
    rd_kafka_mock_broker_push_request_error_rtts(topic.cluster.mock(), broker, produce_request, 1,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, late);
    auto appended = copy.begin_to_append(ivorn(1));
    REQUIRE(comes_true(topic.context, [&] { return has_got_all(topic); }));
    CHECK_FALSE(Copy::has_ended(appended));
    copy.shared().stop();
    REQUIRE(copy.ends(appended));
    CHECK(appended.get() == Stored::failed);
    CHECK(copy.append(ivorn(2)) == Stored::failed);
    CHECK(copy.times_said(" takes no events: ") == 0);
    copy.stop();
  }
  SECTION("before it has come back") {
    // So that it is said when the topic takes the next one.
    rd_kafka_mock_push_request_errors(topic.cluster.mock(), produce_request, 1,
                                      RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS);
    CHECK(copy.append(ivorn(1)) == Stored::failed);
    std::optional<WriteLock> lock(copy.path());
    auto appended = copy.begin_to_append(ivorn(1));
    REQUIRE(copy.says(" takes events again"));
    CHECK_FALSE(Copy::has_ended(appended));
    copy.shared().stop();
    REQUIRE(copy.ends(appended));
    CHECK(appended.get() == Stored::failed);
    lock.reset();
    copy.stop();
  }
}

TEST_CASE("a log that is stopped while it is opened ends") {
  SharedTopic topic;
  SECTION("since the cluster is away") {
    rd_kafka_mock_broker_set_down(topic.cluster.mock(), broker);
    Copy copy(topic);
    auto opened = copy.begin_to_open();
    CHECK(copy.says(" cannot be reached: "));
    copy.shared().stop();
    REQUIRE(copy.ends(opened));
    CHECK_NOTHROW(opened.get());
    copy.stop();
  }
  SECTION("while it reads") {
    topic.write(ivorn(1));
    Copy copy(topic);
    copy.open();  // makes it a copy
    topic.write(ivorn(2));
    copy.start_again();
    std::optional<WriteLock> lock(copy.path());
    auto opened = copy.begin_to_open();
    CHECK(copy.says("Reading 1 message(s) of "));
    CHECK_FALSE(Copy::has_ended(opened));
    copy.shared().stop();
    REQUIRE(copy.ends(opened));
    CHECK_NOTHROW(opened.get());
    CHECK(copy.times_said("is complete") == 1);  // the first time
    lock.reset();
    copy.stop();
  }
}

}  // namespace vtp::test
