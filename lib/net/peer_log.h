// What peers may cause in the log: a few lines as they come, then their number, so that nobody fills a
// disk by way of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

namespace vtp {

// What address a peer's name is of, as Peer::name has it: "192.0.2.1:4711" is of "192.0.2.1", and
// "[2001:db8::1]:4711" of "2001:db8::/64", since whoever has one address there has all. Other names are
// their own.
[[nodiscard]] std::string address_in(std::string_view peer);

// So much of something at once, and as much again in each interval.
class Allowance {
 public:
  static constexpr std::chrono::minutes interval{1};

  Allowance(std::int64_t at_once, std::int64_t each_interval)
      : left_(at_once), most_(at_once), each_interval_(each_interval) {}

  // Whether there is any left.
  [[nodiscard]] bool has_some(Time now);
  // Takes it, beyond what is left if need be.
  void take(std::int64_t what) { left_ -= what; }
  void give_back(std::int64_t what);
  // Whether it is as if nothing had ever been taken.
  [[nodiscard]] bool is_whole(Time now);

 private:
  void refill(Time now);

  std::int64_t left_;
  std::int64_t most_;
  std::int64_t each_interval_;
  Time filled_{};  // up to when left_ counts
};

// One for a process; any thread. Lines that tell what became of an event that was accepted are not for
// it: they are never left out, since an event costs its author more than us. All others are.
class PeerLog {
 public:
  // Lines of one session, at first, and then in each interval.
  static constexpr std::int64_t first_lines = 10;
  static constexpr std::int64_t later_lines = 1;
  // Lines of all sessions of an address, in each interval.
  static constexpr std::int64_t address_lines = 100;
  // Bytes of lines about refused events of an address, in each interval: thousands of them.
  static constexpr std::int64_t refusal_bytes = 1024 * 1024;
  // Faults of one session, in an interval; beyond that it is to be dropped.
  static constexpr std::int64_t most_faults = 100;
  // Addresses that are remembered. When there are more at the same time, the others share what one may
  // cause.
  static constexpr std::size_t most_addresses = 4096;

  // Both must live longer.
  PeerLog(const Clock& clock, const Log& log);

  // Says what has not been said yet about lines that were left out.
  ~PeerLog();
  PeerLog(const PeerLog&) = delete;
  PeerLog& operator=(const PeerLog&) = delete;

  class Session;

  // For the connection with this peer, by its name (Peer::name). Shorter than this lives.
  [[nodiscard]] Session session(std::string_view peer);

  // How many addresses are remembered.
  [[nodiscard]] std::size_t addresses() const;

 private:
  struct Address;
  using AddressPtr = std::shared_ptr<Address>;

  AddressPtr address_of(std::string_view peer);
  void forget_idle(Time now);
  void say_left_out(std::uint64_t lines, std::string_view whose) const;

  const Clock& clock_;
  const Log& log_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, AddressPtr> addresses_;
  AddressPtr others_;  // that there was no room for
  Time next_look_{};   // for what can be forgotten
};

// One connection. One thread at a time. Lines that are left out are counted, and the next one that is not
// says how many they are, or the session's end.
class PeerLog::Session {
 public:
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;

  // What a peer may do, but not without end: it comes and goes, says which events it wants.
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (may_say(Level::info)) log().say(Level::info, format, args...);
  }

  // What is worth a warning and can happen to a peer that behaves, such as an event it cannot use.
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (may_say(Level::warning)) log().say(Level::warning, format, args...);
  }

  // What no peer does that behaves: warns, and counts for too_many().
  template <class... Args>
  void fault(fmt::format_string<Args...> format, Args&&... args) {
    count_fault();
    if (may_say(Level::warning)) log().say(Level::warning, format, args...);
  }

  // The same fault again, of which enough was said.
  void repeated_fault() { count_fault(); }

  // That an event of the peer's was not accepted. It may bring thousands of them a minute, as a broker
  // does that has the same events from elsewhere; they do not count as lines of the session.
  template <class... Args>
  void refusal(Level level, fmt::format_string<Args...> format, Args&&... args) {
    if (may_say_refusal(level))
      say_refusal(level, fmt::vformat(format, fmt::make_format_args(args...)));
  }

  // It has brought an event that was accepted, or otherwise shown that it is no mere nuisance: what it
  // has caused so far does not count for its address any more. Costs nothing when called again.
  void behaved();

  // Whether it has caused so many faults that it is to be dropped.
  [[nodiscard]] bool too_many() const { return too_many_; }

 private:
  friend class PeerLog;
  Session(PeerLog& owner, AddressPtr address, std::string peer);

  [[nodiscard]] const Log& log() const { return owner_.log_; }
  bool may_say(Level level);
  bool may_say_refusal(Level level);
  void say_refusal(Level level, std::string_view text);
  void count_fault();

  PeerLog& owner_;
  AddressPtr address_;  // none: moved from
  std::string peer_;
  Allowance lines_{first_lines, later_lines};
  Allowance faults_{most_faults, most_faults};
  std::uint64_t left_out_ = 0;       // and not yet said
  std::int64_t of_the_address_ = 0;  // lines that it took of what its address may cause
  bool too_many_ = false;
};

}  // namespace vtp
