// What the tests of an author share: one with many events, and a broker that the test plays.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "lib/author/author.h"
#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/running.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"
#include "tests/support/transport_text.h"

namespace vtp::test {

inline std::string ivorn_of(int number) { return "ivo://a.b/c#" + std::to_string(number); }
inline std::string event_of(int number, std::size_t size = 0) {
  return "<e>" + std::to_string(number) + std::string(size, ' ') + "</e>";
}
inline std::string ack(const std::string& ivorn) {
  return transport("ack", "<Origin>" + ivorn + "</Origin>");
}
inline std::string put_off(int number) {
  return transport("nak", "<Origin>" + ivorn_of(number) + "</Origin><Meta><Result>" +
                              rejection(cannot_store) + "</Result></Meta>");
}
inline std::string seen(int number) {
  return transport("nak", "<Origin>" + ivorn_of(number) + "</Origin><Meta><Result>" +
                              rejection(previously_seen) + "</Result></Meta>");
}

// An author of many events, and a place where the test plays its broker, on a thread of its own.
class Authoring {
 public:
  explicit Authoring(AuthorOptions options = {}, std::size_t event_size = 0)
      : event_size_(event_size),
        author(context.get_executor(), TcpEndpoint{"127.0.0.1", listener.port()}, options,
               diagnostics_) {}
  ~Authoring() {
    if (broker_.joinable()) broker_.join();
    ::close(log_fd_);
  }
  Authoring(const Authoring&) = delete;
  Authoring& operator=(const Authoring&) = delete;

  void play(const std::function<void()>& broker) { broker_ = std::thread(broker); }

  // The next so many events; their answers come into `answers`, in the order in which they come.
  void submit(int count) {
    for (; count > 0; --count)
      asio::co_spawn(context, submit_next(++submitted_), asio::detached);
  }
  // Until all events have their answers.
  void finish() {
    run_until([&] { return std::ssize(answers) == submitted_; });
    context.restart();
    context.poll();
    if (broker_.joinable()) broker_.join();
  }
  template <class Condition>
  void run_until(const Condition& condition) {
    if (!comes_true(context, condition)) throw std::runtime_error("it never came true");
  }

  [[nodiscard]] bool all_accepted() const {
    return std::ranges::all_of(
        answers, [](const auto& answer) { return answer.second.outcome == Outcome::accepted; });
  }
  // The numbers of the events that were answered.
  [[nodiscard]] std::vector<int> order() const {
    std::vector<int> numbers;
    for (const auto& answer : answers)
      numbers.push_back(answer.first);
    return numbers;
  }

  [[nodiscard]] std::string logged() const { return content(folder_.file("log")); }

  // The broker reads these events and no others.
  void read(RawPeer& peer, int first, int last) const {
    for (int i = first; i <= last; ++i) {
      const auto got = peer.read_frame();
      CHECK(got == event_of(i, event_size_));
    }
  }
  // One after the other, each with its answer before the next comes.
  void read_and_ack(RawPeer& peer, int first, int last) const {
    for (int i = first; i <= last; ++i) {
      read(peer, i, i);
      CHECK(hears_nothing(peer));
      peer.send_frame(ack(ivorn_of(i)));
    }
  }
  static bool hears_nothing(RawPeer& peer) {
    peer.set_timeout(std::chrono::milliseconds(20));
    const bool nothing = peer.hears_nothing();
    peer.set_timeout(test_timeout);
    return nothing;
  }

 private:
  asio::awaitable<void> submit_next(int number) {
    const std::string ivorn = ivorn_of(number);
    const std::string bytes = event_of(number, event_size_);
    Answer answer = co_await author.submit(ivorn, bytes);
    answers.emplace_back(number, std::move(answer));
  }

  TemporaryFolder folder_;
  TestClock clock_;
  int log_fd_ = ::open(folder_.file("log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  Diagnostics diagnostics_{"test", LineStyle::tool, Level::debug, clock_, log_fd_};
  std::size_t event_size_;
  int submitted_ = 0;
  std::thread broker_;

 public:
  asio::io_context context;
  RawListener listener;
  Author author;
  std::vector<std::pair<int, Answer>> answers;
};

inline std::vector<int> one_to(int last) {
  std::vector<int> numbers;
  for (int i = 1; i <= last; ++i)
    numbers.push_back(i);
  return numbers;
}

}  // namespace vtp::test
