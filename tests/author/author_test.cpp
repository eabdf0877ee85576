#include "lib/author/author.h"

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <functional>
#include <future>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <asio/detached.hpp>
#include <asio/post.hpp>

#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/running.h"
#include "tests/support/submit_once.h"

namespace vtp {
namespace {

const std::string event = "<voe:VOEvent/>";

std::string transport(std::string_view role, std::string_view children) {
  return "<trn:Transport role='" + std::string(role) + "'>" + std::string(children) +
         "</trn:Transport>";
}

// What an author makes of a broker that behaves as told.
Answer submit_to(const std::function<void(RawPeer)>& broker,
                 std::chrono::milliseconds patience = test_patience) {
  RawListener listener;
  std::thread thread([&] { broker(listener.accept()); });
  asio::io_context context;
  const Endpoint endpoint = TcpEndpoint{"127.0.0.1", listener.port()};
  const Answer answer = submit_once(context, endpoint, event, {.patience = patience});
  thread.join();
  CHECK(answer.broker == text_of(endpoint));
  return answer;
}

using std::chrono::milliseconds;

std::string ivorn_of(int number) { return "ivo://a.b/c#" + std::to_string(number); }
std::string event_of(int number, std::size_t size = 0) {
  return "<e>" + std::to_string(number) + std::string(size, ' ') + "</e>";
}
std::string ack(const std::string& ivorn) {
  return transport("ack", "<Origin>" + ivorn + "</Origin>");
}
std::string put_off(int number) {
  return transport("nak", "<Origin>" + ivorn_of(number) + "</Origin><Meta><Result>" +
                              rejection(cannot_store) + "</Result></Meta>");
}
std::string seen(int number) {
  return transport("nak", "<Origin>" + ivorn_of(number) + "</Origin><Meta><Result>" +
                              rejection(previously_seen) + "</Result></Meta>");
}

// An author of many events, and a place where the test plays its broker, on a thread of its own.
class Authoring {
 public:
  explicit Authoring(AuthorOptions options = {}, std::size_t event_size = 0)
      : event_size_(event_size),
        author(context.get_executor(), TcpEndpoint{"127.0.0.1", listener.port()}, options, log_) {}
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
    peer.set_patience(milliseconds(20));
    const bool nothing = peer.hears_nothing();
    peer.set_patience(test_patience);
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
  Log log_{"test", LineStyle::tool, Level::debug, clock_, log_fd_};
  std::size_t event_size_;
  int submitted_ = 0;
  std::thread broker_;

 public:
  asio::io_context context;
  RawListener listener;
  Author author;
  std::vector<std::pair<int, Answer>> answers;
};

std::vector<int> one_to(int last) {
  std::vector<int> numbers;
  for (int i = 1; i <= last; ++i)
    numbers.push_back(i);
  return numbers;
}

}  // namespace

TEST_CASE("an event goes out as it is, and its ack is accepted") {
  const Answer answer = submit_to([](RawPeer peer) {
    CHECK(peer.read_frame() == event);
    peer.send_frame(transport("ack", "<Origin>ivo://a.b/c#1</Origin>"));
    CHECK(peer.is_closed());
  });
  CHECK(answer.outcome == Outcome::accepted);
}

TEST_CASE("a nak is a refusal with the broker's words") {
  CHECK(submit_to([](RawPeer peer) {
          peer.read_frame();
          peer.send_frame(transport("nak", "<Meta><Result>Event rejected: no</Result></Meta>"));
        }).reason == "Event rejected: no");
  const Answer silent = submit_to([](RawPeer peer) {
    peer.read_frame();
    peer.send_frame(transport("nak", ""));
  });
  CHECK(silent.outcome == Outcome::refused);
  CHECK(silent.reason == "no reason given");
}

TEST_CASE("a refusal that comes before the event was read is heard") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.send_frame(transport("nak", "<Meta><Result>too large</Result></Meta>"));
    peer.read_frame();
  });
  CHECK(answer.outcome == Outcome::refused);
  CHECK(answer.reason == "too large");
}

TEST_CASE("a broker that closes without a word gave no answer") {
  const Answer answer = submit_to([](RawPeer peer) { peer.read_frame(); });
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason == "closed before it answered; does it allow authors at our address?");
}

TEST_CASE("a broker that stays silent gave no answer in time") {
  const Answer answer = submit_to(
      [](RawPeer peer) {
        peer.read_frame();
        CHECK(peer.is_closed());
      },
      std::chrono::milliseconds(20));
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason == "timed out before it answered");
}

TEST_CASE("what cannot be understood is no answer") {
  CHECK(submit_to([](RawPeer peer) {
          peer.read_frame();
          peer.send_frame("<html/>");
        }).reason == "answered with not a Transport message but html");
  CHECK(submit_to([](RawPeer peer) {
          peer.read_frame();
          peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        }).reason == "this is an HTTP server, not VTP");
}

TEST_CASE("a port for subscribers is told from one for authors") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.send_frame(transport("authenticate", "<Origin>ivo://a.b/c</Origin>"));
    peer.read_frame();
  });
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason == "this is a port for subscribers; authors use another one, often 8098");
}

TEST_CASE("nobody there is no answer") {
  RawListener listener;
  const auto port = listener.port();
  listener.close();
  asio::io_context context;
  const Answer answer = submit_once(context, TcpEndpoint{"127.0.0.1", port}, event);
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_CASE("a connection that the broker leaves open is kept for the next event") {
  Authoring us;
  std::promise<RawPeer> kept;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    kept.set_value(std::move(peer));
  });
  us.submit(1);
  us.run_until([&] { return us.answers.size() == 1; });
  const bool after_one = us.author.sends_ahead();
  us.submit(1);
  us.finish();
  CHECK_FALSE(after_one);
  CHECK(us.all_accepted());
  CHECK(us.author.sends_ahead());
}

TEST_CASE("a broker that closes after each answer gets each event on a connection of its own") {
  Authoring us;
  us.play([&] {
    for (int i = 1; i <= 5; ++i) {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, i, i);
    }
  });
  us.submit(5);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(5));
}

TEST_CASE("a kept connection that the broker closes just then costs no event") {
  Authoring us;
  std::string second_answer = ack(ivorn_of(2));
  SECTION("the broker did not take it") {}
  SECTION("the broker took it") { second_answer = seen(2); }
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 1);
      us.read(peer, 2, 2);
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 2, 2);
    peer.send_frame(second_answer);
    us.read_and_ack(peer, 3, 3);
  });
  us.submit(3);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(3));
}

TEST_CASE("a kept connection that was closed long ago is not used") {
  Authoring us;
  us.play([&] {
    RawPeer first = us.listener.accept();
    us.read_and_ack(first, 1, 1);
    CHECK(first.send_frame("not asked for"));
    RawPeer second = us.listener.accept();
    us.read_and_ack(second, 2, 2);
    CHECK(first.is_closed());
  });
  us.submit(1);
  us.run_until([&] { return us.answers.size() == 1; });
  us.submit(1);
  us.finish();
  CHECK(us.all_accepted());
}

TEST_CASE("sent again on a new connection, an event has no third chance") {
  Authoring us;
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 1);
      us.read(peer, 2, 2);
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.answers.back().second.outcome == Outcome::no_answer);
  CHECK(us.answers.back().second.reason == "closed before it answered");
}

TEST_CASE("a kept connection that is cut in the middle of an answer gave none") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 1);
    us.read(peer, 2, 2);
    peer.send(framed(ack(ivorn_of(2))).substr(0, 10));
  });
  us.submit(2);
  us.finish();
  CHECK(us.answers.back().second.outcome == Outcome::no_answer);
  CHECK(us.answers.back().second.reason == "closed in the middle of a message before it answered");
}

TEST_CASE(
    "to a broker that keeps connections, events go out ahead of answers, as far as the window") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    us.read(peer, 3, 18);
    CHECK(Authoring::hears_nothing(peer));
    peer.send(framed(ack(ivorn_of(3))) + framed(ack(ivorn_of(4))));
    us.read(peer, 19, 20);
    CHECK(Authoring::hears_nothing(peer));
    for (int i = 5; i <= 20; ++i)
      peer.send_frame(ack(ivorn_of(i)));
    us.read(peer, 21, 24);
    for (int i = 21; i <= 24; ++i)
      peer.send_frame(ack(ivorn_of(i)));
  });
  us.submit(24);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(24));
}

TEST_CASE("the window is one of bytes too, and a larger event goes alone") {
  std::size_t size = 100 * 1024;
  int at_once = 2;
  SECTION("two are too many with a third") {}
  SECTION("one is too large already") {
    size = 300 * 1024;
    at_once = 1;
  }
  Authoring us({}, size);
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    for (int i = 3; i <= 8; i += at_once) {
      us.read(peer, i, i + at_once - 1);
      CHECK(Authoring::hears_nothing(peer));
      std::string answers;
      for (int j = i; j < i + at_once; ++j)
        answers += framed(ack(ivorn_of(j)));
      peer.send(answers);
    }
  });
  us.submit(8);
  us.finish();
  CHECK(us.all_accepted());
}

TEST_CASE("an event that comes while others wait for their answers goes out at once") {
  Authoring us;
  std::atomic<int> read = 0;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    for (int i = 3; i <= 5; ++i) {
      us.read(peer, i, i);
      read = i;
    }
    for (int i = 3; i <= 5; ++i)
      peer.send_frame(ack(ivorn_of(i)));
  });
  us.submit(2);
  us.run_until([&] { return us.answers.size() == 2; });
  for (int i = 3; i <= 5; ++i) {
    us.submit(1);
    us.run_until([&] { return read == i; });
  }
  us.finish();
  CHECK(us.order() == one_to(5));
}

TEST_CASE(
    "events that were sent ahead on a connection that ends are sent again, one by one at first") {
  Authoring us;
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 2);
      us.read(peer, 3, 8);
      peer.send_frame(ack(ivorn_of(3)));
    }
    RawPeer peer = us.listener.accept();
    for (int i = 4; i <= 5; ++i) {
      us.read(peer, i, i);
      CHECK(Authoring::hears_nothing(peer));
      peer.send_frame(seen(i));
    }
    us.read(peer, 6, 8);
    for (int i = 6; i <= 8; ++i)
      peer.send_frame(i == 6 ? seen(i) : ack(ivorn_of(i)));
  });
  us.submit(8);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(8));
  CHECK(us.answers[2].second.reason.empty());
  CHECK(us.answers[3].second.reason == "the broker has it from an earlier try");
}

TEST_CASE("answers that are for other events end the connection, and nobody is misled") {
  Authoring us;
  std::string astray;
  SECTION("out of order") { astray = framed(ack(ivorn_of(4))) + framed(ack(ivorn_of(3))); }
  SECTION("for none") { astray = framed(ack("ivo://a.b/other#1")); }
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    us.read(peer, 3, 4);
    peer.send(astray);
    CHECK(peer.is_closed());
    RawPeer next = us.listener.accept();
    us.read_and_ack(next, 3, 4);
  });
  us.submit(4);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(4));
}

TEST_CASE("two answers to one event end the connection") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send(framed(ack(ivorn_of(1))) + framed(ack("")));
    CHECK(peer.is_closed());
    RawPeer next = us.listener.accept();
    us.read_and_ack(next, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.all_accepted());
}

TEST_CASE(
    "of events that were sent ahead, only the first runs out of time; an answer gives the next "
    "more") {
  Authoring us({.patience = milliseconds(300)});
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(ack(ivorn_of(1)));
    us.read(peer, 2, 2);
    peer.send_frame(ack(ivorn_of(2)));
    us.read(peer, 3, 5);
    CHECK(peer.is_closed());
    RawPeer next = us.listener.accept();
    for (int i = 4; i <= 5; ++i) {
      us.read(next, i, i);
      next.send_frame(ack(ivorn_of(i)));
    }
  });
  us.submit(5);
  us.finish();
  CHECK(us.order() == one_to(5));
  CHECK(us.answers[2].second.outcome == Outcome::no_answer);
  CHECK(us.answers[2].second.reason == "timed out before it answered");
  CHECK(us.answers[3].second.outcome == Outcome::accepted);
  CHECK(us.answers[4].second.outcome == Outcome::accepted);
}

TEST_CASE("an event without an answer is tried again, in its turn, until it has one") {
  Authoring us({.retry = test_patience, .first_pause = milliseconds(2)});
  us.play([&] {
    us.listener.accept();
    {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(seen(1));
    us.read(peer, 2, 2);
    peer.send_frame(seen(2));
  });
  us.submit(2);
  us.finish();
  REQUIRE(us.order() == one_to(2));
  CHECK(us.answers[0].second.outcome == Outcome::accepted);
  CHECK(us.answers[0].second.reason == "the broker has it from an earlier try");
  CHECK(us.answers[1].second.outcome == Outcome::refused);
}

TEST_CASE("the time for new tries ends") {
  Authoring us({.retry = milliseconds(20), .first_pause = milliseconds(2)});
  us.listener.close();
  us.submit(2);
  us.finish();
  for (const auto& answer : us.answers)
    CHECK(answer.second.outcome == Outcome::no_answer);
}

TEST_CASE("told to stop, it waits for answers that are owed, and sends nothing more") {
  Authoring us;
  std::promise<void> stopped;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    asio::post(us.context, [&] {
      us.author.stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    peer.send_frame(ack(ivorn_of(1)));
    CHECK(Authoring::hears_nothing(peer));
  });
  us.submit(3);
  us.finish();
  REQUIRE(us.order() == one_to(3));
  CHECK(us.answers[0].second.outcome == Outcome::accepted);
  CHECK(us.answers[1].second.outcome == Outcome::not_sent);
  CHECK(us.answers[2].second.outcome == Outcome::not_sent);
  us.submit(1);
  us.finish();
  CHECK(us.answers[3].second.outcome == Outcome::not_sent);
}

TEST_CASE("told to stop, it does not wait for another try") {
  Authoring us({.retry = std::chrono::hours(1), .first_pause = std::chrono::hours(1)});
  const auto pauses = [&] { return us.logged().find("trying again") != std::string::npos; };
  Outcome expected = Outcome::not_sent;
  SECTION("of an event that never went out") { us.listener.close(); }
  SECTION("of one that did") {
    expected = Outcome::no_answer;
    us.play([&] {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
    });
  }
  us.submit(1);
  us.run_until(pauses);
  us.author.stop();
  us.finish();
  CHECK(us.answers[0].second.outcome == expected);
}

TEST_CASE("a broker that cannot store events puts them off, and each has its answer") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(put_off(1));
    us.read_and_ack(peer, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.answers[0].second.outcome == Outcome::put_off);
  CHECK(us.answers[0].second.reason == rejection(cannot_store));
  CHECK(us.answers[1].second.outcome == Outcome::accepted);
}

TEST_CASE("whatever asks to try again later puts the event off") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.read_frame();
    peer.send_frame(
        transport("nak", "<Meta><Result>" + rejection(too_many_authors) + "</Result></Meta>"));
  });
  CHECK(answer.outcome == Outcome::put_off);
}

TEST_CASE("what is put off is tried again, and may be there by then") {
  Authoring us({.retry = test_patience, .first_pause = milliseconds(2)});
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
      peer.send_frame(put_off(1));
      CHECK(peer.is_closed());
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(seen(1));
    us.read_and_ack(peer, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.order() == one_to(2));
  CHECK(us.all_accepted());
  CHECK(us.logged().find("Not now from 127.0.0.1") != std::string::npos);
}

}  // namespace vtp
