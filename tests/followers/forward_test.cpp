#include "lib/followers/forward.h"

#include <fcntl.h>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <asio/detached.hpp>

#include "lib/voevent/test_event.h"
#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/test_clock.h"
#include "tests/support/transport_text.h"

namespace vtp::test {
namespace {

std::string ivorn_of(int number) { return "ivo://a.b/c#" + std::to_string(number); }

// The event has as many bytes at least.
EventPtr event_of(int number, std::size_t size = 0) {
  Event event{valid_event(ivorn_of(number)), {}, {}};
  event.bytes += std::string(std::max(size, event.bytes.size()) - event.bytes.size(), '\n');
  event.digest = digest_of(event.bytes);
  event.headline.ivorn = ivorn_of(number);
  event.headline.role = "test";
  return std::make_shared<const Event>(std::move(event));
}

// A log, and a forward of its events.
struct Fixture {
  explicit Fixture(const std::string& endpoint) {
    if (is_kafka(endpoint))
      options.destination.endpoint = parse_kafka_destination(endpoint).value();
    else
      options.destination.endpoint = parse_peer(endpoint, 8098).value();
    options.destination.source = "us";
    open_log();
  }
  ~Fixture() { ::close(log_fd); }

  void start(TopicTail* tail = nullptr) {
    forward.emplace(context.get_executor(), options, tail, *events, diagnostics);
    asio::co_spawn(context, forward->run(), asio::detached);
  }
  // The broker ends and starts again; everything in between must be over.
  void restart_log() {
    forward.reset();
    events.reset();
    open_log();
  }
  void open_log() { events.emplace(folder.file("events.db"), Keep{}, clock, diagnostics); }
  void append(const EventPtr& event, const std::string& source = "them") {
    run_to_end(context, events->append(event, source));
  }
  void append(int from, int to) {
    for (int i = from; i <= to; ++i)
      append(event_of(i));
  }
  bool comes_true_here(const std::function<bool()>& condition) {
    return comes_true(context, condition);
  }
  bool says(const std::string& text) {
    return comes_true_here([&] { return logged().find(text) != std::string::npos; });
  }
  void finish(std::chrono::milliseconds timeout = test_timeout) {
    run_to_end(context, finished(std::chrono::steady_clock::now() + timeout));
    context.restart();
    context.poll();
  }
  asio::awaitable<bool> finished(std::chrono::steady_clock::time_point end) {
    co_await forward->finish(end);
    co_return true;
  }
  // Where it would go on, once it has ended.
  std::optional<Sequence> cursor() {
    restart_log();
    return events->handler_cursor(cursor_name(options));
  }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }
  [[nodiscard]] std::size_t logged_times(const std::string& text) const {
    const std::string all = logged();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; ++at)
      ++count;
    return count;
  }

  TemporaryFolder folder;
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log_fd};
  asio::io_context context;
  std::optional<EventLog> events;
  ForwardOptions options;
  std::optional<Forward> forward;
};

struct Topic {
  explicit Topic(int partitions = 1) { cluster.create("events", partitions); }
  [[nodiscard]] std::string endpoint() const { return "kafka://" + cluster.hosts() + "/events"; }
  [[nodiscard]] std::vector<std::string> keys(std::size_t count) const {
    std::vector<std::string> keys;
    for (const StoredMessage& message : cluster.read("events", count))
      keys.push_back(message.key);
    return keys;
  }
  void refuse(rd_kafka_resp_err_t error, int requests = 1) const {
    for (int i = 0; i < requests; ++i)
      rd_kafka_mock_push_request_errors(cluster.mock(), produce_request, 1, error);
  }
  void set_up(bool up) const {
    if (up)
      rd_kafka_mock_broker_set_up(cluster.mock(), 1);
    else
      rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  }

  KafkaCluster cluster;
};

std::vector<std::string> ivorns(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i <= to; ++i)
    all.push_back(ivorn_of(i));
  return all;
}

// A broker that is played on a thread of its own.
class Played {
 public:
  ~Played() { finish(); }
  void play(const std::function<void()>& broker) { thread_ = std::thread(broker); }
  void finish() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::string endpoint() const {
    return "127.0.0.1:" + std::to_string(listener.port());
  }
  // The broker reads these events, and answers each.
  static void answer(RawPeer& peer, int from, int to, const std::string& refusal = "") {
    for (int i = from; i <= to; ++i) {
      CHECK(peer.read_frame() == valid_event(ivorn_of(i)));
      peer.send_frame(reply(i, refusal));
    }
  }
  static std::string reply(int number, const std::string& refusal) {
    const std::string origin = "<Origin>" + ivorn_of(number) + "</Origin>";
    if (refusal.empty()) return transport("ack", origin);
    return transport("nak", origin + "<Meta><Result>" + rejection(refusal) + "</Result></Meta>");
  }

  RawListener listener;

 private:
  std::thread thread_;
};

}  // namespace

TEST_CASE("a forward to a topic sends what is accepted from its start on, in order") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.append(1, 2);
  fixture.start();
  fixture.append(3, 9);
  fixture.finish();
  CHECK(topic.keys(7) == ivorns(3, 9));
  const auto stored = topic.cluster.read("events", 1).at(0);
  CHECK(stored.value == valid_event(ivorn_of(3)));
  CHECK(stored.headers.at("vtp-digest") == event_of(3)->digest.hex());
  CHECK(stored.headers.at("_format") == "voevent");
  CHECK(stored.headers.at("vtp-source") == "us");
  CHECK(fixture.logged() == "test: Forwarding events to " + topic.endpoint() + "\n");
  CHECK(fixture.cursor() == Sequence{9});
}

TEST_CASE("a forward goes on in the next run where it stopped") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.start();
  fixture.append(1, 2);
  fixture.finish();
  fixture.restart_log();
  fixture.append(3, 4);
  fixture.start();
  fixture.append(5, 5);
  fixture.finish();
  CHECK(topic.keys(5) == ivorns(1, 5));
}

TEST_CASE("the broker's own test events are not forwarded") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.options.local_ivo = "ivo://a.b/broker";
  fixture.start();
  fixture.append(make_test_event("ivo://a.b/broker", fixture.clock.now()));
  fixture.append(1, 1);
  fixture.finish();
  CHECK(topic.keys(1) == ivorns(1, 1));
  CHECK(fixture.cursor() == Sequence{2});
}

TEST_CASE("what the topic has already is not sent again") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  TopicTail tail("events", /*trusts_sources=*/true);
  tail.found("events", event_of(2)->digest);
  fixture.start(&tail);
  fixture.append(event_of(1), "events[0]@1");
  fixture.append(2, 3);
  fixture.finish();
  CHECK(topic.keys(1) == ivorns(3, 3));
  CHECK(fixture.cursor() == Sequence{3});
}

TEST_CASE("an event that is too large for the topic is passed over, and no other") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.options.destination.max_size = 1000;
  fixture.start();
  SECTION("by our own limit") {
    fixture.append(1, 2);
    fixture.append(event_of(3, 100'000));
    fixture.append(4, 5);
    fixture.finish();
    CHECK(fixture.logged_times("refuses it") == 1);
    CHECK(fixture.logged().find("VOEvent " + ivorn_of(3) + " is not forwarded to " +
                                topic.endpoint() + ", which refuses it: ") != std::string::npos);
    auto sent = ivorns(1, 5);
    sent.erase(sent.begin() + 2);
    CHECK(topic.keys(4) == sent);
  }
  SECTION("a batch that is too large is sent again, each of its events on its own") {
    topic.refuse(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    fixture.append(1, 5);
    fixture.finish();
    CHECK(fixture.logged_times("refuses it") == 0);
    auto sent = topic.keys(5);
    std::ranges::sort(sent);
    CHECK(sent == ivorns(1, 5));
  }
  CHECK(fixture.cursor() == Sequence{5});
}

TEST_CASE("a topic that we may not write to is tried again, with one line for each change") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.start();
  topic.refuse(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 2);
  fixture.append(1, 3);
  REQUIRE(fixture.says("Forwarding events to " + topic.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to " + topic.endpoint() + ": Broker: Topic") ==
        1);
  CHECK(topic.keys(3) == ivorns(1, 3));
  CHECK(fixture.cursor() == Sequence{3});
}

TEST_CASE("a topic that acknowledges nothing for a while is reported") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.options.patience = std::chrono::milliseconds(20);
  fixture.options.destination.kafka =
      KafkaProperties::read(std::nullopt, {"retry.backoff.ms=200"}).value();
  fixture.start();
  topic.refuse(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 3);
  fixture.append(1, 1);
  REQUIRE(fixture.says("Forwarding events to " + topic.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to " + topic.endpoint() +
                             ": nothing was acknowledged for 0 s") == 1);
  CHECK(topic.keys(1) == ivorns(1, 1));
}

TEST_CASE("a cluster that is away is waited for, and misses nothing") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.start();
  fixture.append(1, 1);
  REQUIRE(fixture.says("Forwarding events to"));
  topic.set_up(false);
  fixture.append(2, 3);
  REQUIRE(fixture.says("cannot be reached"));
  SECTION("until it is back") {
    topic.set_up(true);
    REQUIRE(fixture.says("can be reached again"));
    fixture.append(4, 4);
    fixture.finish();
    CHECK(topic.keys(4) == ivorns(1, 4));
    CHECK(fixture.logged_times("cannot be reached") == 1);
  }
  SECTION("in the next run, since the end does not wait for it") {
    fixture.finish();
    CHECK(fixture.logged_times("not finished in time") == 0);
    CHECK(fixture.cursor() == Sequence{1});
    topic.set_up(true);
    fixture.start();
    fixture.finish();
    const auto sent = topic.keys(3);
    CHECK(sent == ivorns(1, 3));
  }
}

TEST_CASE("a forward to a broker sends in order, over one connection") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 1, 100);
  });
  fixture.start();
  fixture.append(1, 100);
  fixture.finish();
  broker.finish();
  CHECK(fixture.logged() == "test: Forwarding events to " + broker.endpoint() + "\n");
  CHECK(fixture.cursor() == Sequence{100});
}

TEST_CASE("what another broker refuses is reported once and done with, unless it has it") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 1, 1, previously_seen);
    Played::answer(peer, 2, 2, "line 12: element Who: unexpected child Foo");
    Played::answer(peer, 3, 3);
  });
  fixture.start();
  fixture.append(1, 3);
  fixture.finish();
  CHECK(fixture.logged_times("which refuses it") == 1);
  CHECK(fixture.logged().find("VOEvent " + ivorn_of(2) + " is not forwarded to " +
                              broker.endpoint() + ", which refuses it: Event rejected: line 12") !=
        std::string::npos);
  CHECK(fixture.cursor() == Sequence{3});
}

TEST_CASE("an event that is put off, or without an answer, is tried again in its turn") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    {
      RawPeer peer = broker.listener.accept();
      Played::answer(peer, 1, 2);
      Played::answer(peer, 3, 3, cannot_store);
      while (peer.read_frame()) {
      }
    }
    {
      RawPeer peer = broker.listener.accept();
      CHECK(peer.read_frame() == valid_event(ivorn_of(3)));
    }
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 3, 20);
  });
  fixture.start();
  fixture.append(1, 20);
  REQUIRE(fixture.says("Forwarding events to " + broker.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to") == 1);
  CHECK(fixture.cursor() == Sequence{20});
}

TEST_CASE("a broker that is away does not delay the end") {
  Played broker;
  const std::string endpoint = broker.endpoint();
  Fixture fixture(endpoint);
  broker.listener.close();
  fixture.start();
  fixture.append(1, 20);
  REQUIRE(fixture.says("Cannot forward events to " + endpoint));
  fixture.finish();
  CHECK(fixture.logged_times("not finished in time") == 0);
  CHECK(fixture.cursor() == Sequence{0});
}

TEST_CASE("a broker that does not answer is broken off at the end") {
  Played broker;
  Fixture fixture(broker.endpoint());
  fixture.start();
  fixture.append(1, 3);
  RawPeer peer = broker.listener.accept();
  REQUIRE(fixture.comes_true_here([] { return true; }));
  CHECK(peer.read_frame() == valid_event(ivorn_of(1)));
  fixture.finish(std::chrono::milliseconds(50));
  CHECK(fixture.logged_times("not finished in time") == 1);
  CHECK(fixture.cursor() == Sequence{0});
}

}  // namespace vtp::test
