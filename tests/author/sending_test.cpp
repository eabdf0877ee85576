#include "lib/author/sending.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/vtp/transport.h"
#include "tests/support/catch.h"
#include "tests/support/named_pipe.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

std::string ivorn_of(int number) { return "ivo://a.b/c#" + std::to_string(number); }
std::string event_of(int number) { return valid_event(ivorn_of(number)); }

std::string stream_of_events(int count) {
  std::string stream;
  for (int i = 1; i <= count; ++i)
    stream += event_of(i) + '\0';
  return stream;
}

std::string answer(TransportRole role, int number, const std::string& result = "") {
  Transport message;
  message.role = role;
  message.origin = ivorn_of(number);
  message.result = result;
  return to_xml(message, TestClock().now());
}
std::string ack(int number) { return answer(TransportRole::ack, number); }

// A broker, played by the test on a thread of its own, and what is sent to it.
class Sender {
 public:
  ~Sender() {
    if (broker_.joinable()) broker_.join();
    ::close(log_fd_);
  }

  void play(const std::function<void()>& broker) { broker_ = std::thread(broker); }

  // Writes a file to be sent.
  void add_file(const std::string& name, const std::string& bytes) {
    std::ofstream(folder.file(name), std::ios::binary) << bytes;
    options.files.push_back(folder.file(name));
  }

  Sent send() {
    if (options.brokers.empty()) options.brokers = {TcpEndpoint{"127.0.0.1", listener.port()}};
    const Sent sent = run();
    if (broker_.joinable()) broker_.join();
    return sent;
  }

  // What was said, with `BROKER` for the broker's name and `FOLDER` for the folder's.
  [[nodiscard]] std::string said() const {
    std::string text = content(folder.file("log"));
    const auto stand_for = [&](const std::string& name, const std::string& word) {
      for (std::size_t at; (at = text.find(name)) != std::string::npos;)
        text.replace(at, name.size(), word);
    };
    stand_for("127.0.0.1:" + std::to_string(listener.port()), "BROKER");
    stand_for(folder.file(""), "");
    return text;
  }

  TemporaryFolder folder;
  RawListener listener;
  SendingOptions options;
  std::function<void()> at_end;  // before what still reads is waited for
  bool was_reading = false;
  std::atomic<const Sending*> sending = nullptr;  // while it is under way

 private:
  Sent run() {
    Sending here(options, diagnostics_);
    sending = &here;
    const Sent sent = here.run();
    was_reading = here.is_reading();
    if (at_end) at_end();
    return sent;
  }

  TestClock clock_;
  int log_fd_ = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  Diagnostics diagnostics_{"sendvo", LineStyle::tool, Level::info, clock_, log_fd_};
  std::thread broker_;
};

// Takes events on one connection, as long as it lasts, and acknowledges them; returns their numbers.
std::vector<int> ack_all(RawPeer peer, int events) {
  std::vector<int> numbers;
  for (; events > 0; --events) {
    const auto event = peer.read_frame();
    if (!event) break;
    numbers.push_back(std::stoi(event->substr(event->find('#') + 1)));
    peer.send_frame(ack(numbers.back()));
  }
  return numbers;
}

}  // namespace

TEST_CASE("a lone document is spoken of as it always was") {
  Sender us;
  us.add_file("a.xml", event_of(1));
  SECTION("accepted") {
    us.play([&] { ack_all(us.listener.accept(), 1); });
    const Sent sent = us.send();
    CHECK(sent.worst == Outcome::accepted);
    CHECK_FALSE(sent.trouble);
    CHECK(us.said() ==
          "sendvo: Acknowledgement received from BROKER: ivo://a.b/c#1\n"
          "sendvo: Event was sent successfully\n");
  }
  SECTION("refused") {
    us.play([&] {
      RawPeer peer = us.listener.accept();
      peer.read_frame();
      peer.send_frame(answer(TransportRole::nak, 1, "Event rejected: no"));
    });
    CHECK(us.send().worst == Outcome::refused);
    CHECK(us.said() ==
          "sendvo: BROKER refused to accept VOEvent ivo://a.b/c#1 (Event rejected: no)\n"
          "sendvo: Event was NOT sent successfully\n");
  }
  SECTION("no answer") {
    us.play([&] { us.listener.accept().read_frame(); });
    CHECK(us.send().worst == Outcome::no_answer);
    CHECK(us.said() ==
          "sendvo: No answer from BROKER for VOEvent ivo://a.b/c#1 (closed before it answered; "
          "does it allow "
          "authors at our address?)\n"
          "sendvo: Event was NOT sent successfully\n");
  }
}

TEST_CASE("with one worker a stream's events come in their order, and only what is wrong is said") {
  Sender us;
  us.options.jobs = 1;
  us.add_file("s", stream_of_events(20) + "<a>" + '\0' + event_of(21) + '\0');
  us.add_file("none", "");
  std::vector<int> order;
  us.play([&] { order = ack_all(us.listener.accept(), 21); });
  const Sent sent = us.send();
  REQUIRE(order.size() == 21);
  CHECK(std::ranges::is_sorted(order));
  CHECK(sent.worst == Outcome::accepted);
  CHECK(sent.trouble);
  const std::string said = us.said();
  CHECK(said.find("sendvo: s: malformed: event 21 at byte ") == 0);
  CHECK(said.find("\nsendvo: none: contains no event\n") != std::string::npos);
  CHECK(said.find("\nsendvo: 22 events: 21 accepted, 1 not sent, in ") != std::string::npos);
  CHECK(std::ranges::count(said, '\n') == 3);
}

TEST_CASE("there are as many connections at once as workers, and each gets an event") {
  Sender us;
  us.options.jobs = 3;
  us.add_file("s", stream_of_events(9));
  us.play([&] {
    for (int wave = 0; wave < 3; ++wave) {
      std::vector<RawPeer> peers;
      std::vector<std::string> events;
      for (int i = 0; i < 3; ++i) {
        peers.push_back(us.listener.accept());
        events.push_back(peers.back().read_frame().value_or(""));
      }
      CHECK(us.listener.has_no_caller(milliseconds(20)));
      for (std::size_t i = 0; i < 3; ++i)
        peers[i].send_frame(ack(std::stoi(events[i].substr(events[i].find('#') + 1))));
    }
  });
  CHECK(us.send().worst == Outcome::accepted);
}

TEST_CASE("each broker gets each event, one after the other, and the worst counts") {
  Sender us;
  RawListener second;
  us.options.brokers = {TcpEndpoint{"127.0.0.1", us.listener.port()},
                        TcpEndpoint{"127.0.0.1", second.port()}};
  us.options.report = us.folder.file("report");
  us.options.jobs = 1;
  us.add_file("s", stream_of_events(2));
  us.play([&] {
    RawPeer peer = us.listener.accept();
    CHECK(peer.read_frame() == event_of(1));
    CHECK(second.has_no_caller(milliseconds(20)));
    peer.send_frame(answer(TransportRole::nak, 1, "no"));
    RawPeer other = second.accept();
    CHECK(other.read_frame() == event_of(1));
    other.send_frame(ack(1));
    CHECK(ack_all(std::move(peer), 1) == std::vector<int>{2});
    CHECK(ack_all(std::move(other), 1) == std::vector<int>{2});
  });
  CHECK(us.send().worst == Outcome::refused);
  CHECK(us.said().starts_with(
      "sendvo: s: event 1 at byte 0: BROKER refused to accept VOEvent ivo://a.b/c#1 (no)\n"
      "sendvo: 2 events: 1 accepted, 1 refused, in "));
  const std::string report = content(us.folder.file("report"));
  CHECK(std::ranges::count(report, '\n') == 4);
  CHECK(report.find(R"("outcome":"refused","reason":"no"})") < report.find('\n'));
  CHECK(report.ends_with("\"broker\":\"127.0.0.1:" + std::to_string(second.port()) +
                         "\",\"outcome\":\"accepted\"}\n"));
}

TEST_CASE("a report that fails is told once, and sending goes on") {
  if (::access("/dev/full", W_OK) != 0) return;
  Sender us;
  us.options.jobs = 1;
  us.options.report = "/dev/full";
  us.add_file("s", stream_of_events(3));
  us.play([&] { ack_all(us.listener.accept(), 3); });
  const Sent sent = us.send();
  CHECK(sent.worst == Outcome::accepted);
  CHECK(sent.trouble);
  CHECK(us.said().starts_with(
      "sendvo: cannot write to /dev/full: No space left on device\nsendvo: 3 events: 3 accepted"));
}

TEST_CASE("progress is shown of many events, and gives way to the summary") {
  Sender us;
  us.options.show_progress = true;
  SECTION("many") {
    us.options.jobs = 1;
    us.add_file("a", event_of(1));
    us.add_file("b", event_of(2));
    us.play([&] { ack_all(us.listener.accept(), 2); });
    us.send();
    const std::string said = us.said();
    CHECK(said.find("\r\x1b[Ksent 1, accepted 1, refused 0, ") != std::string::npos);
    CHECK(said.find("\r\x1b[Ksendvo: ") != std::string::npos);
    CHECK(said.find("\nsendvo: 2 events: 2 accepted, in ") != std::string::npos);
  }
  SECTION("one") {
    us.add_file("a", event_of(1));
    us.play([&] { ack_all(us.listener.accept(), 1); });
    us.send();
    CHECK(us.said().find('\r') == std::string::npos);
  }
}

TEST_CASE("a signal lets what is under way get its answer, and leaves the rest") {
  Sender us;
  us.options.jobs = 1;
  us.options.report = us.folder.file("report");
  us.add_file("s", stream_of_events(100));
  us.play([&] {
    RawPeer peer = us.listener.accept();
    CHECK(peer.read_frame() == event_of(1));
    ::kill(::getpid(), SIGTERM);
    while (us.said().find("Stopping; 1 under way") == std::string::npos)
      std::this_thread::yield();
    peer.send_frame(ack(1));
    CHECK(peer.is_closed());
  });
  const Sent sent = us.send();
  CHECK(sent.interrupted_by == SIGTERM);
  CHECK(sent.worst == Outcome::accepted);
  CHECK(us.said().find("1 event: 1 accepted, in ") != std::string::npos);
  CHECK(std::ranges::count(content(us.folder.file("report")), '\n') == 1);
}

TEST_CASE("a signal that leaves nothing unsent ends it like the input's end") {
  Sender us;
  NamedPipe pipe;
  us.options.files = {pipe.path()};
  us.options.report = us.folder.file("report");
  us.play([&] {
    ack_all(us.listener.accept(), 1);
    while (content(us.folder.file("report")).empty() || !us.sending.load()->is_waiting())
      std::this_thread::yield();
    ::kill(::getpid(), SIGTERM);
  });
  us.at_end = [&] { pipe.close(); };
  pipe.write(event_of(1) + '\0');
  const Sent sent = us.send();
  CHECK(sent.interrupted_by == 0);
  CHECK(sent.worst == Outcome::accepted);
  CHECK(us.was_reading);
}

}  // namespace vtp
