// What may be used from any thread, used from several at the same time. ThreadSanitizer (scripts/races) finds here
// each lock that is missing; without it these are tests that nothing is lost.
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "lib/base/descriptor.h"
#include "lib/base/line_batch.h"
#include "lib/broker/broker.h"
#include "lib/net/budget.h"
#include "lib/net/connection_limit.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/worker.h"
#include "lib/output/event_writer.h"
#include "lib/output/save.h"
#include "lib/store/commit.h"
#include "lib/store/tail.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/pipe.h"
#include "tests/support/sample_events.h"
#include "tests/support/submit_once.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

constexpr int threads = 4;
constexpr int few = 100;     // turns of each that wait for a disk
constexpr int many = 3'000;  // of others, so that they do meet

// In each of the threads, so often, with the thread's number and the turn's.
void at_once(int turns, const std::function<void(int, int)>& what) {
  std::atomic<int> ready{0};
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread)
    all.emplace_back([&, thread] {
      ++ready;
      while (ready < threads)
        std::this_thread::yield();
      for (int turn = 0; turn < turns; ++turn)
        what(thread, turn);
    });
  for (std::thread& thread : all)
    thread.join();
}

// One for each of the threads; they outlive whatever tells something there.
using Contexts = std::vector<asio::io_context>;

// Runs what `make` gives to its end, in each of the threads.
template <class Make>
void await_at_once(Contexts& contexts, const Make& make) {
  at_once(few, [&](int thread, int turn) {
    asio::io_context& context = contexts[static_cast<std::size_t>(thread)];
    run_to_end(context, make(thread, turn));
  });
}

EventPtr event(int thread, int turn) {
  const std::string bytes = std::to_string(thread) + " " + std::to_string(turn);
  Event made{bytes, digest_of(bytes), {}};
  made.headline.ivorn = "ivo://a.b/" + std::to_string(thread) + "#" + std::to_string(turn);
  return std::make_shared<const Event>(std::move(made));
}

struct Logged {
  TestClock clock;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, /*fd=*/-1};
};

}  // namespace

TEST_CASE("a tail is appended to, read, and listened to at once") {
  Tail tail(0, 1000);
  std::atomic<int> called{0};
  std::vector<std::list<Tail::Watch>> watches(threads);
  at_once(many, [&](int thread, int turn) {
    if (thread == 0) return tail.append({{static_cast<Sequence>(turn) + 1, event(0, turn)}});
    if (thread == 1) {
      const Sequence last = tail.last();
      const auto found = tail.after(last > 5 ? last - 5 : 0, 1000);
      for (const LogEntry& entry : found.value_or(std::vector<LogEntry>{}))
        if (entry.event->bytes.empty()) ++called;
      return;
    }
    std::list<Tail::Watch>& mine = watches[static_cast<std::size_t>(thread)];
    mine.emplace_back(tail, [&] { ++called; });
    if (mine.size() > 10) mine.pop_front();
  });
  CHECK(tail.last() == many);
}

TEST_CASE("seats are taken, used and given back at once") {
  ConnectionLimit limit(6, 4);
  std::atomic<int> asked{0};
  at_once(many, [&](int thread, int turn) {
    const std::string peer = "10.0.0." + std::to_string((thread + turn) % 3) + ":1";
    auto first = limit.admit(peer, [&] { ++asked; });
    auto second = limit.admit(peer, [&] { ++asked; });
    if (first) first->busy();
    if (limit.count() > 2 * threads) ++asked;
    if (first) first->idle();
  });
  CHECK(limit.count() == 0);
}

TEST_CASE("a budget is shared by those who hold much and little at once") {
  constexpr std::size_t large = 2 * MemoryBudget::small;
  MemoryBudget budget(4 * large);
  std::atomic<int> dropped{0};
  at_once(many, [&](int, int) {
    MemoryBudget::Holder holder(&budget, [&] { ++dropped; });
    static_cast<void>(holder.try_hold(large));
    holder.progress(large);
    static_cast<void>(holder.try_hold(2 * large));
    holder.hold(1);
    static_cast<void>(budget.is_short());
  });
  CHECK(budget.used() == 0);
}

TEST_CASE("peers of one address and of many cause lines at once") {
  Logged logged;
  PeerDiagnostics peers(logged.clock, logged.diagnostics);
  at_once(many, [&](int thread, int turn) {
    auto one = peers.session("192.0.2.1:1");
    auto other = peers.session("192.0.2." + std::to_string((thread + turn) % 250) + ":1");
    for (int i = 0; i < PeerDiagnostics::first_lines + 2; ++i)
      one.fault("a fault");
    one.refusal(Level::info, "a refusal");
    other.info("{}", peers.addresses());
    if (turn % 10 == 0) one.behaved();
    if (turn % 10 == 5) logged.clock.advance(std::chrono::minutes(2));
  });
  CHECK(peers.addresses() > 0);
}

TEST_CASE("lines of many threads go out whole, all of them") {
  const TemporaryFolder folder;
  const Descriptor file(
      ::open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  {
    LineBatchOptions options;
    options.delay = std::chrono::milliseconds(0);
    LineBatch batch(
        file.get(), [](std::uint64_t, std::string_view) { return std::string("missing\n"); },
        options);
    at_once(few, [&](int thread, int turn) {
      batch.add(std::string(50, static_cast<char>('a' + thread)) + "\n",
                turn % 2 == 0 ? Urgency::at_once : Urgency::can_wait);
      if (turn % 20 == 0) batch.flush();
    });
  }
  const std::string written = content(folder.file("log"));
  CHECK(written.size() == threads * few * 51);
  CHECK(written.find("missing") == std::string::npos);
}

TEST_CASE("lines that nobody reads are given up while more come") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.writing(), F_SETFL, O_NONBLOCK) == 0);
  while (::write(pipe.writing(), "x", 1) == 1) {
  }
  LineBatchOptions options;
  options.delay = options.end_timeout = options.flush_timeout = std::chrono::milliseconds(1);
  options.most_waiting = 1000;
  LineBatch batch(
      pipe.writing(), [](std::uint64_t, std::string_view) { return std::string("missing\n"); },
      options);
  at_once(few, [&](int, int turn) {
    batch.add("line\n", Urgency::at_once);
    if (turn % 20 == 0) batch.flush();
  });
}

TEST_CASE("events of many threads are appended, and cursors kept, at once") {
  const TemporaryFolder folder;
  Logged logged;
  Tail tail(0);
  const std::string path = folder.file("events.db");
  Contexts contexts(threads);
  {
    GroupCommit commit(std::make_unique<Store>(path), tail, Keep{}, logged.clock,
                       logged.diagnostics);
    await_at_once(contexts, [&](int thread, int turn) {
      if (turn % 10 == thread) {
        commit.keep_cursor("handler", static_cast<Sequence>(turn));
        commit.keep_cursor("upstream" + std::to_string(thread), digest_of("x"));
      }
      return commit.append(event(thread, turn), "them");
    });
  }
  CHECK(Store(path).size() == threads * few);
  CHECK(tail.last() == threads * few);
}

TEST_CASE("work of many threads is done, and told to each") {
  Contexts contexts(threads);
  Worker worker;
  std::atomic<int> done{0};
  await_at_once(contexts, [&](int, int) {
    return worker.run(std::make_shared<Account>(), [&](const Slice&) {
      ++done;
      return std::optional<int>(1);
    });
  });
  CHECK(done == threads * few);
  worker.stop();
}

TEST_CASE("an event writer writes while more comes") {
  const TemporaryFolder folder;
  Logged logged;
  asio::io_context context;
  EventWriterOptions options;
  options.print = Print::nothing;
  options.save = folder.file("");
  std::vector<std::future<Written>> written;
  {
    EventWriter writer(options, logged.clock, logged.diagnostics);
    for (int turn = 0; turn < few; ++turn) {
      written.push_back(
          asio::co_spawn(context, writer.write(event(0, turn), "them"), asio::use_future));
      context.restart();
      context.poll();
    }
    context.restart();
    context.run_for(test_timeout);
  }
  for (auto& one : written)
    CHECK(one.get().saved);
}

TEST_CASE("one folder takes events of many threads by one object") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file(""));
  std::atomic<int> failed{0};
  at_once(few, [&](int thread, int turn) {
    if (!events.save(*event(thread, turn % 10))) ++failed;
  });
  CHECK(failed == 0);
}

TEST_CASE("a broker's status is read while authors come and go") {
  const TemporaryFolder folder;
  Logged logged;
  BrokerOptions options;
  options.threads = 2;
  options.receive = {UnixEndpoint{folder.file("s")}};
  options.receiver.local_ivo = "ivo://test.broker/a";
  options.event_db = folder.file("events.db");
  Broker broker(options, logged.clock, logged.diagnostics);
  std::thread running([&] { broker.run(); });
  std::atomic<int> accepted{0};
  at_once(few, [&](int thread, int turn) {
    if (thread < 2) {
      if (broker.status().last > 2 * few) accepted = -few * threads;
      return;
    }
    asio::io_context context;
    const std::string ivorn = "ivo://a.b/" + std::to_string(thread) + "#" + std::to_string(turn);
    if (submit_once(context, options.receive.front(), valid_event(ivorn)).outcome ==
        Outcome::accepted)
      ++accepted;
  });
  CHECK(accepted == 2 * few);
  CHECK(broker.status().last == 2 * few);
  ::kill(::getpid(), SIGTERM);
  running.join();
}

}  // namespace vtp
