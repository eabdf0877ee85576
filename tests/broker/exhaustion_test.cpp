// A broker that runs out of descriptors at every single call that opens one, and of memory at every allocation,
// of its sessions, in turn. Asio does not survive it where an operation of its own begins, which it allocates by
// aligned_alloc(3), or a context is made: there, memory does not run out here.
#include "tests/support/exhaustion.h"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>

#include <asio/local/stream_protocol.hpp>

#include "lib/base/descriptor.h"
#include "lib/broker/broker.h"
#include "lib/vtp/transport.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds answer_timeout{2'000};  // then a peer comes again
constexpr std::uint64_t every_one_up_to =
    40;  // beyond that only a sample fails: all would take minutes

std::string transport(std::string_view role) {
  return "<trn:Transport role='" + std::string(role) +
         "'><Origin>ivo://some/broker</Origin></trn:Transport>";
}

bool becomes_true(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + test_timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

// A broker with all that opens or allocates: it takes events from authors and from a broker upstream, whose
// name it has to resolve, sends them to a subscriber, and runs a command for each. The thread that makes this
// plays the peers.
class Run {
 public:
  Run() {
    std::signal(SIGPIPE, SIG_IGN);
    options_.receive = {UnixEndpoint{folder_.file("authors")}};
    options_.broadcast = {UnixEndpoint{folder_.file("subscribers")}};
    options_.broadcast_allowed = all_ranges();
    options_.receiver.local_ivo = options_.broadcaster.local_ivo = "ivo://test.broker/a";
    options_.event_db = folder_.file("events.db");
    options_.handlers.resize(1);
    options_.handlers[0].name = "--cmd";
    options_.handlers[0].outlet.print = Print::nothing;
    options_.handlers[0].outlet.command.emplace().command =
        "cat >/dev/null; echo $VOEVENT_IVORN >>" + folder_.file("handled");
    options_.upstreams.resize(1);
    options_.upstreams[0].brokers = {TcpEndpoint{"localhost", upstream_.port()}};
    options_.upstreams[0].first_pause = options_.upstreams[0].longest_pause = milliseconds(10);
  }

  // False if the broker could not start, which it must say.
  bool start() {
    thread_ = std::thread([this] {
      const Counted counted;  // it is the event loop of all sessions
      std::optional<Broker> broker;
      try {
        broker.emplace(options_, clock_, diagnostics_);
        begun_ = true;
        broker->run();
      } catch (const std::exception& error) {
        problem_ = error.what();
      }
      ended_ = true;
    });
    if (!becomes_true([&] { return begun_ || ended_; })) return false;
    if (begun_) return true;
    thread_.join();
    return false;
  }

  // An author comes until the broker has the event.
  void submit(const std::string& ivorn) {
    REQUIRE(becomes_true([&] { return ended_ || is_accepted(ivorn); }));
    if (!ended_) submitted_.insert(ivorn);
  }

  // Subscribes, unless it is so, submits events, and hears, until one of them has come.
  void submit_and_hear(const std::string& ivorn) {
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    for (int i = 1; !ended_ && std::chrono::steady_clock::now() < give_up; ++i) {
      if (!subscriber_ && !subscribe()) continue;
      submit(ivorn + "_" + std::to_string(i));  // what it missed does not come again
      while (const auto payload = subscriber_->read_frame())
        if (payload->find(ivorn) != std::string::npos) return;
      subscriber_.reset();
    }
    CHECK(ended_);
  }

  // A broker upstream sends the event until that is acknowledged.
  void relay(const std::string& ivorn) {
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    while (!ended_ && std::chrono::steady_clock::now() < give_up) {
      if (upstream_.has_no_caller(milliseconds(100))) continue;
      RawPeer us = upstream_.accept();
      us.set_timeout(answer_timeout);
      us.send_frame(valid_event(ivorn));
      const auto answer = us.read_frame();
      if (!answer || answer->find("ack") == std::string::npos) continue;
      submitted_.insert(ivorn);
      return;
    }
    CHECK(ended_);
  }

  // Ends the broker as a signal does, if it has not ended. Everything that was acknowledged is there, and was
  // handled.
  void stop() {
    if (!ended_) CHECK(becomes_true([&] { return ended_ || all_are_handled(); }));
    if (!ended_) ::kill(::getpid(), SIGTERM);
    CHECK(becomes_true([&] { return ended_.load(); }));
    thread_.join();
    subscriber_.reset();
    check_log();
  }

  [[nodiscard]] std::string logged() const { return content(folder_.file("log")); }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::optional<RawPeer> connected_to(const std::string& name) {
    RawPeer peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const asio::local::stream_protocol::endpoint end(folder_.file(name));
    if (::connect(peer.fd(), end.data(), static_cast<socklen_t>(end.size())) != 0)
      return std::nullopt;
    peer.set_timeout(answer_timeout);
    return peer;
  }

  bool is_accepted(const std::string& ivorn) {
    auto author = connected_to("authors");
    if (!author || !author->send_frame(valid_event(ivorn))) return false;
    const auto answer = parse_transport(author->read_frame().value_or(""));
    return answer &&
           (answer->role == TransportRole::ack || answer->result.find("seen") != std::string::npos);
  }

  bool subscribe() {
    auto peer = connected_to("subscribers");
    if (!peer || !peer->read_frame() || !peer->send_frame(transport("authenticate"))) return false;
    subscriber_.emplace(std::move(*peer));
    return true;
  }

  bool all_are_handled() {
    const std::string handled = content(folder_.file("handled"));
    for (const std::string& ivorn : submitted_)
      if (handled.find(ivorn + "\n") == std::string::npos) return false;
    return true;
  }

  void check_log() {
    Store store(options_.event_db);
    std::set<std::string> stored;
    for (const LogEntry& entry : store.read_after(0, SIZE_MAX))
      CHECK(stored.insert(entry.event->headline.ivorn).second);
    for (const std::string& ivorn : submitted_)
      CHECK(stored.contains(ivorn));
  }

  const Exempt exempt_;
  TemporaryFolder folder_;
  TestClock clock_;
  Descriptor log_file_{::open(folder_.file("log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
  Diagnostics diagnostics_{"test", LineStyle::tool, Level::info, clock_, log_file_.get()};
  RawListener upstream_;
  BrokerOptions options_;
  std::optional<RawPeer> subscriber_;
  std::set<std::string> submitted_;
  std::atomic<bool> begun_ = false;
  std::atomic<bool> ended_ = false;
  std::string problem_;  // once it has ended
  std::thread thread_;
};

// True if what is scarce ran out before all was done. from_start: or else once the broker serves.
bool try_with(Scarce what, std::uint64_t nth, bool from_start) {
  CAPTURE(nth, static_cast<int>(what));
  Run run;
  if (from_start) fail_at(what, nth);
  if (!run.start()) {
    CHECK_FALSE(run.problem().empty());
    return fail_no_more();
  }
  if (!from_start) fail_at(what, nth);
  run.submit_and_hear("ivo://a.b/c#1");
  run.relay("ivo://a.b/c#2");
  const bool failed = fail_no_more();
  run.submit_and_hear("ivo://a.b/c#3");
  run.stop();
  INFO(run.logged());
  CHECK(run.problem() == "");
  return failed;
}

// At the first call, at the second, and so on; later at fewer and fewer.
void at_each_call(Scarce what, bool from_start, std::uint64_t least) {
  std::uint64_t nth = 1;
  while (try_with(what, nth, from_start))
    nth += nth < every_one_up_to ? 1 : nth / 10;
  CAPTURE(nth);
  CHECK(nth > least);  // the work did get so far
}

}  // namespace

TEST_CASE("whenever a descriptor is missing, the broker says so or goes on, and loses nothing") {
  at_each_call(Scarce::descriptors, true, 20);
}

TEST_CASE("whenever memory is missing, the broker says so or goes on, and loses nothing") {
  at_each_call(Scarce::memory, false, 10);
}

}  // namespace vtp
