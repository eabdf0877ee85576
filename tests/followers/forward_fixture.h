// What the tests of forwards share: a log with a forward of its events, and a destination that the
// test plays.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "lib/followers/forward.h"
#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"
#include "tests/support/transport_text.h"

namespace vtp::test {

inline std::string ivorn_of(int number) { return "ivo://a.b/c#" + std::to_string(number); }

// The event has as many bytes at least.
inline EventPtr event_of(int number, std::size_t size = 0) {
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

}  // namespace vtp::test
