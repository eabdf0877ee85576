// Kills a broker again and again while authors submit events and subscribers listen, and holds what each of
// them was told against the log in the end.
//   crash [--rounds=N | --minutes=N] [--seed=N]
// brokerd is found on PATH. Prints what it did; status 1 if a promise was broken.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <list>
#include <set>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/store/store.h"
#include "tests/e2e/crash_peers.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Options {
  std::uint64_t rounds = 50;
  std::optional<std::chrono::minutes> minutes;
  std::uint32_t seed = std::random_device()();
};

std::optional<Options> options_in(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    unsigned number = 0;
    if (std::sscanf(argv[i], "--rounds=%u", &number) == 1)
      options.rounds = number;
    else if (std::sscanf(argv[i], "--minutes=%u", &number) == 1)
      options.minutes = std::chrono::minutes(number);
    else if (std::sscanf(argv[i], "--seed=%u", &number) == 1)
      options.seed = number;
    else
      return std::nullopt;
  }
  return options;
}

// The broker, one process after another over the same database.
class KilledBroker {
 public:
  explicit KilledBroker(const TemporaryFolder& folder) : folder_(folder) {}
  ~KilledBroker() {
    if (process_ > 0) end(SIGKILL);
  }

  [[nodiscard]] std::string database() const { return folder_.file("events.db"); }
  [[nodiscard]] std::string authors() const { return folder_.file("authors"); }
  [[nodiscard]] std::string subscribers() const { return folder_.file("subscribers"); }
  [[nodiscard]] std::string diagnostics() const { return folder_.file("log"); }

  void start() {
    const std::vector<std::string> line = {"brokerd",
                                           "--local-ivo=ivo://crash.test/broker",
                                           "--receive=unix:" + authors(),
                                           "--broadcast=unix:" + subscribers(),
                                           "--iamalive-interval=5",
                                           "--eventdb=" + database(),
                                           "--logfile=" + diagnostics()};
    std::vector<char*> arguments;
    for (const std::string& word : line)
      arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("cannot fork");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }

  // Its status, as wait(2) has it.
  int end(int signal) {
    ::kill(process_, signal);
    int status = 0;
    ::waitpid(std::exchange(process_, 0), &status, 0);
    return status;
  }

 private:
  const TemporaryFolder& folder_;
  pid_t process_ = 0;
};

// Authors, subscribers and the broker, and what became of it all.
class Trial {
 public:
  explicit Trial(const Options& options)
      : options_(options), random_(options.seed), broker_(folder_), events_(author_count) {}

  // What was wrong, line by line.
  std::vector<std::string> run() {
    begin();
    const auto end = steady_clock::now() + options_.minutes.value_or(std::chrono::minutes(0));
    while (options_.minutes ? steady_clock::now() < end : kills_ < options_.rounds) {
      broker_.start();
      // Some do not live until they listen.
      const unsigned life = random_() % 5 == 0 ? 100 : 600;
      std::this_thread::sleep_for(milliseconds(random_() % life));
      const int status = broker_.end(SIGKILL);
      if (!WIFSIGNALED(status))
        fault("a broker ended by itself with status {}", WEXITSTATUS(status));
      ++kills_;
    }
    broker_.start();
    stop_authors_ = true;
    for (std::thread& thread : author_threads_)
      thread.join();
    settle();
    stop_listeners_ = true;
    for (std::thread& thread : listener_threads_)
      thread.join();
    if (const int status = broker_.end(SIGTERM); status != 0)
      fault("the last broker ended with status {}", status);
    judge();
    return faults_;
  }

  [[nodiscard]] std::string summary() const {
    return fmt::format(
        "seed {}: {} kills, {} events in the log, {} acknowledged, {} told that they were there "
        "after no "
        "answer, {} told so of another author's; {} connections of subscribers",
        options_.seed, kills_, diagnostics_.size(), acks_, seen_after_all_, seen_, connections());
  }
  [[nodiscard]] std::string end_of_log() const {
    const std::string text = content(broker_.diagnostics());
    return text.substr(text.size() - std::min<std::size_t>(text.size(), 3000));
  }

 private:
  static constexpr std::size_t author_count = 4;

  template <class... Args>
  void fault(fmt::format_string<Args...> format, Args&&... args) {
    faults_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void begin() {
    for (const ListenerKind kind : {ListenerKind{}, ListenerKind{}, ListenerKind{.is_choosy = true},
                                    ListenerKind{.pause = std::chrono::microseconds(300)},
                                    ListenerKind{.resumes = false}, ListenerKind{.resumes = false}})
      listeners_.emplace_back(broker_.subscribers(), kind, random_());
    for (std::size_t i = 0; i < author_count; ++i)
      authors_.emplace_back(broker_.authors(), i, random_());
    for (CrashListener& listener : listeners_)
      listener_threads_.emplace_back([&] { listener.run(stop_listeners_); });
    for (CrashAuthor& author : authors_)
      author_threads_.emplace_back([&] { author.run(events_, stop_authors_); });
  }

  [[nodiscard]] std::size_t connections() const {
    std::size_t sum = 0;
    for (const CrashListener& listener : listeners_)
      sum += listener.connections();
    return sum;
  }

  // Waits until those who resume have all that there is, or have had long enough.
  void settle() {
    Store store(broker_.database());
    const std::vector<LogEntry> all = store.read_after(0, SIZE_MAX);
    const auto observations = static_cast<std::size_t>(std::ranges::count_if(
        all, [](const LogEntry& entry) { return is_observation(entry.event->bytes); }));
    const auto give_up = steady_clock::now() + crash_timeout;
    const auto have_all = [&] {
      return std::ranges::all_of(listeners_, [&](const CrashListener& listener) {
        const std::size_t wanted = listener.kind.is_choosy ? observations : all.size();
        return !listener.kind.resumes || listener.taken().size() >= wanted;
      });
    };
    while (!have_all() && steady_clock::now() < give_up)
      std::this_thread::sleep_for(milliseconds(20));
    // What comes now comes twice.
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }

  void judge() {
    Store store(broker_.database());
    Sequence last = 0;
    for (const LogEntry& entry : store.read_after(0, SIZE_MAX)) {
      if (entry.seq <= last) fault("the log is out of order at {}", entry.seq);
      last = entry.seq;
      if (!places_.emplace(entry.event->bytes, diagnostics_.size()).second)
        fault("an event is in the log twice, at {}", entry.seq);
      diagnostics_.push_back(entry.event->bytes);
    }
    judge_authors();
    for (const CrashListener& listener : listeners_)
      judge_listener(listener);
  }

  void judge_authors() {
    std::map<std::string, std::vector<Told>> told;
    for (const CrashAuthor& author : authors_) {
      faults_.insert(faults_.end(), author.faults.begin(), author.faults.end());
      for (const auto& [event, what] : author.told)
        told[event].push_back(what);
    }
    for (const auto& [event, answers] : told) {
      const std::string name = event.substr(event.find("ivo://"), 32);
      if (!places_.contains(event))
        fault("not in the log, though its author was told so: {}", name);
      const auto acks = std::ranges::count(answers, true, &Told::acked);
      if (acks > 1) fault("acknowledged twice: {}", name);
      if (acks == 0 && std::ranges::none_of(answers, &Told::unanswered))
        fault("nobody was first with {}", name);
      acks_ += static_cast<std::size_t>(acks);
      for (const Told& answer : answers)
        if (!answer.acked) ++(answer.unanswered ? seen_after_all_ : seen_);
    }
    for (const std::string& event : diagnostics_)
      if (!told.contains(event))
        fault("in the log, and nobody was told so: {}", event.substr(0, 300));
  }

  void judge_listener(const CrashListener& listener) {
    std::vector<std::string> wanted;
    for (const std::string& event : diagnostics_)
      if (!listener.kind.is_choosy || is_observation(event)) wanted.push_back(event);
    const std::vector<std::string> taken = listener.taken();
    if (listener.kind.resumes) {
      if (taken == wanted) return;
      const auto parted = std::ranges::mismatch(taken, wanted);
      fault("a listener that resumes has {} events of {}; they part at {}", taken.size(),
            wanted.size(), parted.in1 - taken.begin());
      return;
    }
    std::optional<std::size_t> before;
    for (const std::string& event : taken) {
      const auto place = places_.find(event);
      if (place == places_.end())
        fault("a listener got what is not in the log");
      else if (before && place->second <= *before)
        fault("a listener got events out of order, or twice");
      else
        before = place->second;
    }
  }

  const Options options_;
  std::mt19937 random_;
  const TemporaryFolder folder_;
  KilledBroker broker_;
  Events events_;
  std::list<CrashAuthor> authors_;
  std::list<CrashListener> listeners_;
  std::vector<std::thread> author_threads_;
  std::vector<std::thread> listener_threads_;
  std::atomic<bool> stop_authors_{false};
  std::atomic<bool> stop_listeners_{false};

  std::uint64_t kills_ = 0;
  std::vector<std::string> diagnostics_;
  std::map<std::string, std::size_t> places_;  // in it
  std::size_t acks_ = 0;
  std::size_t seen_ = 0;
  std::size_t seen_after_all_ = 0;
  std::vector<std::string> faults_;
};

int run(const Options& options) {
  fmt::print("seed {}\n", options.seed);
  std::fflush(stdout);
  Trial trial(options);
  const std::vector<std::string> faults = trial.run();
  fmt::print("{}\n", trial.summary());
  for (std::size_t i = 0; i < std::min<std::size_t>(faults.size(), 20); ++i)
    fmt::print("FAILED: {}\n", faults[i]);
  if (faults.empty()) return 0;
  fmt::print("{} faults; the end of the log:\n{}", faults.size(), trial.end_of_log());
  return 1;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) {
  const auto options = vtp::options_in(argc, argv);
  if (!options) {
    std::fputs("usage: crash [--rounds=N | --minutes=N] [--seed=N]\n", stderr);
    return 2;
  }
  return vtp::run(*options);
}
