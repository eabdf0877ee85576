// What the tests of a subscriber share: one that runs, and messages of its broker, which the test
// plays.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <asio/post.hpp>

#include "lib/base/descriptor.h"
#include "lib/net/coroutine.h"
#include "lib/subscriber/subscriber.h"
#include "lib/vtp/resumption.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"
#include "tests/support/transport_text.h"

namespace vtp::test {

inline Transport answer_on(RawPeer& peer) {
  return parse_transport(peer.read_frame().value_or("")).value();
}

// A subscriber on a thread of its own, and a port where the test plays its broker.
class Listening {
 public:
  explicit Listening(const std::function<void(SubscriberOptions&)>& change = {}) {
    SubscriberOptions options;
    options.brokers = {TcpEndpoint{"127.0.0.1", listener.port()}};
    options.local_ivo = "ivo://test.subscriber/a";
    options.first_pause = std::chrono::milliseconds(1);
    if (change) change(options);
    subscriber_.emplace(
        context_.get_executor(), options,
        [this](EventPtr event, const std::string&) { return take(event); }, clock_, diagnostics_,
        [this](const Digest& last) {
          const std::lock_guard lock(mutex_);
          caught_up_.push_back(last);
        });
    thread_ = std::thread([this] { departure = run_to_end(context_, subscriber_->run()); });
  }
  ~Listening() { stop(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { subscriber_->stop(); });
    thread_.join();
  }
  void join() { thread_.join(); }

  // Events that are taken from here on stay under way until they are let go.
  void hold() { held_ = true; }
  void let_go(std::size_t which) {
    asio::post(context_, [this, which] {
      let_go_.insert(which);
      change_.tell();
    });
  }
  void fail_when_let_go(std::size_t which) {
    asio::post(context_, [this, which] { fail_then_.insert(which); });
  }
  // Once so many events are under way or have been taken.
  bool has(std::size_t events) {
    return becomes_true([&] {
      const std::lock_guard lock(mutex_);
      return begun_ >= events;
    });
  }
  // What it was told of the end of the log; once it was told so often.
  std::vector<Digest> caught_up(std::size_t times) {
    becomes_true([&] {
      const std::lock_guard lock(mutex_);
      return caught_up_.size() >= times;
    });
    const std::lock_guard lock(mutex_);
    return caught_up_;
  }
  bool wait_for_log(std::string_view text) {
    return becomes_true([&] { return logged().find(text) != std::string::npos; });
  }
  [[nodiscard]] std::string logged() const { return content(folder_.file("log")); }
  // The pauses before new tries, in seconds to one decimal.
  [[nodiscard]] std::vector<double> pauses() const {
    const std::string lines = logged();
    const std::string before = " again in ";
    std::vector<double> all;
    for (auto at = lines.find(before); at != std::string::npos; at = lines.find(before, at + 1))
      all.push_back(std::stod(lines.substr(at + before.size())));
    return all;
  }

  RawListener listener;
  std::vector<EventPtr> taken;  // once it has stopped
  bool acknowledge = true;
  std::size_t fails = 0;  // so many of the first tries to take an event throw
  Departure departure = Departure::stopped;

 private:
  asio::awaitable<bool> take(EventPtr event) {
    const std::size_t which = taken.size();
    taken.push_back(std::move(event));
    {
      const std::lock_guard lock(mutex_);
      ++begun_;
    }
    if (which < fails) throw std::bad_alloc();
    while (held_ && !let_go_.contains(which))
      co_await change_.wait();
    if (fail_then_.contains(which)) throw std::bad_alloc();
    co_return acknowledge;
  }

  TestClock clock_;
  TemporaryFolder folder_;
  Descriptor log_fd_{::open(folder_.file("log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
  Diagnostics diagnostics_{"test", LineStyle::tool, Level::info, clock_, log_fd_.get()};
  asio::io_context context_;
  Change change_{context_.get_executor()};
  std::set<std::size_t> let_go_;
  std::set<std::size_t> fail_then_;
  std::atomic<bool> held_ = false;
  std::mutex mutex_;
  std::size_t begun_ = 0;          // guarded by mutex_
  std::vector<Digest> caught_up_;  // guarded by mutex_
  std::optional<Subscriber> subscriber_;
  std::thread thread_;
};

// The broker's words on cursors.
inline std::string alive(std::string_view name, std::string_view value) {
  return transport("iamalive", "<Origin>ivo://some/broker</Origin><Meta><Param name='" +
                                   std::string(name) + "' value='" + std::string(value) +
                                   "'/></Meta>");
}

inline std::string digest_in_hex(const std::string& ivorn) {
  return digest_of(valid_event(ivorn)).hex();
}

// Greets it, and returns where it wants to begin; a broker that knows how to resume says so.
inline Resumption greet(RawPeer& broker, bool knows_how = true) {
  broker.send_frame(transport("authenticate", "<Origin>ivo://some/broker</Origin>"));
  std::vector<std::string> problems;
  const auto wish = resumption_in(answer_on(broker), problems);
  if (knows_how) {
    broker.send_frame(alive("resuming", "0"));
    CHECK(answer_on(broker).role == TransportRole::iamalive);
  }
  return wish.value();
}

}  // namespace vtp::test
