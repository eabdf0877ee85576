#include "tests/bench/fairness_run.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

#include <fmt/format.h>

#include "tests/bench/fairness_broker.h"
#include "tests/bench/load_process.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_looks{250};     // at what the broker has
constexpr milliseconds time_to_begin{20'000};  // until the pair is connected
constexpr int priority_of_pair =
    -10;  // where that is allowed: it stands for people on other machines

std::filesystem::path database_for(const FairnessKind& kind, const FairnessOptions& options) {
  switch (kind.old_events) {
    case OldEvents::none:
      return options.folder / "events.db";
    case OldEvents::some:
      return options.some_events;
    case OldEvents::many:
      return options.many_events;
  }
  return {};
}

// Looks at the broker's descriptors now and then, on a thread of its own: that can take a while.
class Looking {
 public:
  explicit Looking(const WatchedProcess& broker)
      : thread_([this, &broker](const std::stop_token& stop) {
          for (; !stop.stop_requested(); std::this_thread::sleep_for(between_looks))
            most_ = std::max(most_.load(), broker.descriptors());
        }) {}
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  std::atomic<std::size_t> most_{0};
  std::jthread thread_;
};

std::function<bool()> after(milliseconds time) {
  return [end = LoadClock::now() + time] { return LoadClock::now() >= end; };
}

BrokerSetup setup_for(const FairnessKind& kind, const FairnessOptions& options,
                      const Descriptor& upstream) {
  BrokerSetup setup;
  setup.program = options.program;
  setup.options = options.options;
  setup.options.insert(setup.options.end(), kind.options.begin(), kind.options.end());
  if (kind.upstream)
    setup.options.push_back(fmt::format("--subscribe=127.0.0.1:{}", port_of(upstream)));
  setup.folder = options.folder;
  setup.database = database_for(kind, options);
  setup.descriptors = kind.descriptors;
  return setup;
}

void connect(Poll& poll, const FairnessPair& pair) {
  for (const auto late = after(time_to_begin); !pair.connected(); poll.wait(10))
    if (late()) throw std::runtime_error("the pair's subscribers are not greeted");
}

void measure(FairnessPair& pair, LoadProcess& load, BrokerProcess& broker,
             const FairnessOptions& options, FairnessFound& found) {
  WatchedProcess watched(broker.pid());
  const Looking looking(watched);
  pair.submit(Phase::warming, after(options.beside / 2));
  pair.submit(Phase::before, after(options.beside));
  watched.begin();
  load.begin();
  const auto late = after(options.load + std::chrono::seconds(2));
  pair.submit(Phase::during, [&] { return load.over() || late() || !broker.running(); });
  found.processor = std::chrono::duration<double>(watched.used_since()).count();
  pair.settle(options.timeout);
  pair.submit(Phase::after, after(options.beside));
  pair.settle(options.timeout);
  found.load = load.counts();
  found.peak_memory = watched.peak_memory();
  found.descriptors = looking.most();
  found.log_size = broker.log_size();
}

// The load once more, and in the midst of it the end.
void end(Poll& poll, LoadProcess& load, BrokerProcess& broker, const FairnessOptions& options,
         FairnessFound& found) {
  load.begin();
  for (const auto enough = after(options.load / 8); !enough();)
    poll.wait(10);
  if (broker.running())
    found.end = broker.end(options.timeout, [&] { poll.wait(5); });
  else
    found.problem = "it ended by itself: " + broker.how_it_ended();
  if (!found.end && found.problem.empty())
    found.problem = "it did not end in time";
  else if (found.problem.empty() && broker.how_it_ended() != "exit status 0")
    found.problem = "its end: " + broker.how_it_ended();
}

void count(const FairnessPair& pair, FairnessFound& found) {
  found.before = pair.waits(Phase::before);
  found.during = pair.waits(Phase::during);
  found.after = pair.waits(Phase::after);
  found.submitted = pair.submitted();
  found.refused = pair.refused();
  found.unanswered = pair.unanswered();
  found.lost = pair.lost();
  found.doubled = pair.doubled();
  found.dropped = pair.dropped();
}

}  // namespace

bool can_run(const FairnessKind& kind, const FairnessOptions& options) {
  return !database_for(kind, options).empty();
}

FairnessFound run_fairness(const FairnessKind& kind, const FairnessOptions& options) {
  FairnessFound found;
  try {
    const Descriptor upstream = listen_on(0);
    BrokerProcess broker(setup_for(kind, options, upstream));
    LoadProcess load({broker.submit(), broker.broadcast(), &upstream},
                     {kind.before, kind.load, options.load});
    load.prepare();
    ::setpriority(PRIO_PROCESS, 0, priority_of_pair);
    Poll poll;
    FairnessPair pair(poll, broker.submit(), broker.broadcast());
    connect(poll, pair);
    measure(pair, load, broker, options, found);
    count(pair, found);
    end(poll, load, broker, options, found);
  } catch (const std::exception& error) {
    found.problem = error.what();
  }
  ::setpriority(PRIO_PROCESS, 0, 0);
  return found;
}

}  // namespace vtp
