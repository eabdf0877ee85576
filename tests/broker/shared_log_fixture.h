// What the tests of a shared log have in common: a cluster with the topic "log", and copies of it, which
// all run on one context.
#pragma once

#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/descriptor.h"
#include "lib/broker/shared_log.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp::test {

struct SharedTopic {
  SharedTopic() { cluster.create("log"); }

  void write(const std::string& ivorn) const { cluster.write("log", valid_event(ivorn)); }

  const KafkaCluster cluster;
  asio::io_context context;
};

// A broker's copy of the topic.
class Copy {
 public:
  explicit Copy(SharedTopic& topic, std::chrono::milliseconds timeout = test_timeout,
                Time now = TestClock().now())
      : topic_(topic), clock_(now) {
    options_.endpoint =
        parse_kafka_destination("kafka://" + topic.cluster.hosts() + "/log").value();
    options_.properties = KafkaProperties::read({}, {"reconnect.backoff.max.ms=100",
                                                     "topic.metadata.refresh.interval.ms=100"})
                              .value();
    options_.timeout = timeout;
    options_.source = "a broker";
    start();
  }
  ~Copy() { stop(); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  // Ends when all that the topic has is in the copy. Throws as SharedLog::open.
  void open() {
    run_to_end(topic_.context, [](SharedLog& log) -> asio::awaitable<bool> {
      co_await log.open();
      co_return true;
    }(*shared_));
  }
  std::future<void> begin_to_open() {
    return asio::co_spawn(topic_.context, shared_->open(), asio::use_future);
  }

  Stored append(const std::string& ivorn) {
    return run_to_end(topic_.context, shared_->append(sample_event(ivorn), "author"));
  }
  std::future<Stored> begin_to_append(const std::string& ivorn) {
    return asio::co_spawn(topic_.context, shared_->append(sample_event(ivorn), "author"),
                          asio::use_future);
  }
  // Appends it until it does not fail.
  Stored appended_in_the_end(const std::string& ivorn) {
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    Stored stored = append(ivorn);
    while (stored == Stored::failed && std::chrono::steady_clock::now() < give_up) {
      topic_.context.restart();
      topic_.context.run_for(std::chrono::milliseconds(20));
      stored = append(ivorn);
    }
    return stored;
  }
  bool catches_up(std::chrono::milliseconds within = test_timeout) {
    return run_to_end(topic_.context, shared_->catch_up(std::chrono::steady_clock::now() + within));
  }
  template <class Value>
  bool ends(const std::future<Value>& future) {
    return comes_true(topic_.context, [&] { return has_ended(future); });
  }
  template <class Value>
  static bool has_ended(const std::future<Value>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  // Ends when nothing of it runs any more.
  void stop() {
    if (!shared_) return;
    shared_->stop();
    run_to_end(topic_.context, [](SharedLog& log) -> asio::awaitable<bool> {
      co_await log.ended();
      co_return true;
    }(*shared_));
    shared_.reset();
  }
  // As another process, which has only the database.
  void start_again() {
    stop();
    events_.reset();
    start();
  }

  // The ivorns of its events, in order.
  [[nodiscard]] std::vector<std::string> ivorns() const {
    std::vector<std::string> ivorns;
    for (const LogEntry& entry : Store(path()).read_after(0, SIZE_MAX))
      ivorns.push_back(entry.event->headline.ivorn);
    return ivorns;
  }
  [[nodiscard]] std::int64_t next() const { return Store(path()).copied_log().value().next; }
  [[nodiscard]] std::int64_t number(const char* sql) const {
    return Database(path(), Sync::normal).run(sql);
  }
  bool comes_to_have(std::size_t events) {
    return comes_true(topic_.context, [&] { return events_->last() == events; });
  }

  [[nodiscard]] std::string said() const { return content(folder_.file("said")); }
  [[nodiscard]] std::size_t times_said(const std::string& text) const {
    const std::string all = said();
    std::size_t times = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; at += text.size())
      ++times;
    return times;
  }
  bool says(const std::string& text) {
    return comes_true(topic_.context, [&] { return times_said(text) > 0; });
  }

  [[nodiscard]] std::string path() const { return folder_.file("events.db"); }
  [[nodiscard]] std::string name() const { return text_of(options_.endpoint); }
  SharedLog& shared() { return *shared_; }
  EventLog& events() { return *events_; }

 private:
  void start() {
    events_.emplace(path(), Keep{}, clock_, diagnostics_);
    shared_.emplace(topic_.context.get_executor(), options_, *events_, clock_, diagnostics_);
  }

  SharedTopic& topic_;
  const TemporaryFolder folder_;
  const TestClock clock_;
  const Descriptor said_{
      ::open(folder_.file("said").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)};
  const Diagnostics diagnostics_{"test", LineStyle::tool, Level::info, clock_, said_.get()};
  SharedLogOptions options_;
  std::optional<EventLog> events_;
  std::optional<SharedLog> shared_;
};

// Both at the same time.
inline void open(Copy& one, Copy& other) {
  auto opened = one.begin_to_open();
  other.open();
  REQUIRE(one.ends(opened));
  opened.get();
}

}  // namespace vtp::test
