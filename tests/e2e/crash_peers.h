// Authors and subscribers of a broker that is killed again and again, who keep book of what they are told.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace vtp {

// What the authors have between them. Any thread.
class Events {
 public:
  explicit Events(std::size_t authors) : offered_(authors) {}

  // A new event for this author, or one that another author submits just now.
  std::string next(std::size_t author, std::mt19937& random);

 private:
  std::mutex mutex_;  // guards all that is here
  std::uint64_t made_ = 0;
  std::vector<std::deque<std::string>> offered_;
};

// What an author was told of an event in the end.
struct Told {
  bool acked = false;       // else it was seen before
  bool unanswered = false;  // an earlier try had no answer
};

// Submits events, each until it has an answer, on connections that it keeps for a while.
class CrashAuthor {
 public:
  CrashAuthor(std::string place, std::size_t number, std::uint32_t seed)
      : place_(std::move(place)), number_(number), random_(seed) {}

  // On a thread of its own, until told to stop, and the last event has its answer.
  void run(Events& events, const std::atomic<bool>& stop);

  // When it has ended.
  std::map<std::string, Told> told;
  std::vector<std::string> faults;

 private:
  void submit(const std::string& event);
  std::optional<std::string> ask(const std::string& event);

  class Line;
  std::string place_;
  std::size_t number_;
  std::mt19937 random_;
  std::shared_ptr<Line> line_;
};

struct ListenerKind {
  bool resumes = true;
  bool is_choosy = false;              // wants observations only
  std::chrono::microseconds pause{0};  // between events
};

// Takes events, from one connection after another, and acknowledges them.
class CrashListener {
 public:
  CrashListener(std::string place, ListenerKind its_kind, std::uint32_t seed)
      : kind(its_kind), place_(std::move(place)), random_(seed) {}

  // On a thread of its own, until told to stop.
  void run(const std::atomic<bool>& stop);

  // Any thread.
  [[nodiscard]] std::vector<std::string> taken() const;
  [[nodiscard]] std::size_t connections() const { return connections_; }

  const ListenerKind kind;

 private:
  void listen(const std::atomic<bool>& stop);

  std::string place_;
  std::mt19937 random_;
  std::string last_;  // the digest of the last event that it has, or need not have
  std::atomic<std::size_t> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> taken_;  // guarded by mutex_
};

// Whether the choosy want it.
[[nodiscard]] bool is_observation(const std::string& event);

// How long they wait for a word from the broker, which should not take a fraction of it.
inline constexpr std::chrono::seconds crash_timeout{60};

}  // namespace vtp
