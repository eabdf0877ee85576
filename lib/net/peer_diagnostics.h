// Limits the lines that peers can cause in the diagnostics: a few are written, later ones only
// counted, so that no peer can fill a disk with them.
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
#include "lib/base/diagnostics.h"

namespace vtp {

// The address in a peer's name (Peer::name): "192.0.2.1" for "192.0.2.1:4711", and "2001:db8::/64"
// for "[2001:db8::1]:4711", since a host with one address of such a network can usually use all.
// Other names are returned unchanged.
[[nodiscard]] std::string address_in(std::string_view peer);

// A rate limit: an amount at once, and another amount in each interval.
class Allowance {
 public:
  static constexpr std::chrono::minutes interval{1};

  Allowance(std::int64_t at_once, std::int64_t each_interval)
      : left_(at_once), most_(at_once), each_interval_(each_interval) {}

  // Whether anything is left.
  [[nodiscard]] bool has_some(Time now);
  // Takes the amount, even if less is left.
  void take(std::int64_t what) { left_ -= what; }
  void give_back(std::int64_t what);
  // Whether it is completely refilled.
  [[nodiscard]] bool is_whole(Time now);

 private:
  void refill(Time now);

  std::int64_t left_;
  std::int64_t most_;
  std::int64_t each_interval_;
  Time filled_{};  // when left_ was last refilled
};

// One per process; any thread. Lines about accepted events do not use it: they are never left out,
// since an event costs its author more than the line costs us. All other lines do.
class PeerDiagnostics {
 public:
  // Lines per session: at first, and then in each interval.
  static constexpr std::int64_t first_lines = 10;
  static constexpr std::int64_t later_lines = 1;
  // Lines of all sessions of one address, in each interval.
  static constexpr std::int64_t address_lines = 100;
  // Bytes of lines about refused events of one address, in each interval: thousands of lines.
  static constexpr std::int64_t refusal_bytes = 1024 * 1024;
  // Faults per session and interval; a session with more is to be dropped.
  static constexpr std::int64_t most_faults = 100;
  // The most addresses that are remembered. All further ones share the limits of one address.
  static constexpr std::size_t most_addresses = 4096;

  // Both must live longer.
  PeerDiagnostics(const Clock& clock, const Diagnostics& diagnostics);

  // Writes the pending counts of left-out lines.
  ~PeerDiagnostics();
  PeerDiagnostics(const PeerDiagnostics&) = delete;
  PeerDiagnostics& operator=(const PeerDiagnostics&) = delete;

  class Session;

  // For the connection with this peer (Peer::name). shown: its name in lines; empty: the same. It
  // must not outlive this object.
  [[nodiscard]] Session session(std::string_view peer, std::string shown = {});

  // The number of addresses that are remembered.
  [[nodiscard]] std::size_t addresses() const;

 private:
  struct Address;
  using AddressPtr = std::shared_ptr<Address>;

  AddressPtr address_of(std::string_view peer);
  void forget_idle(Time now);
  void say_left_out(std::uint64_t lines, std::string_view whose) const;

  const Clock& clock_;
  const Diagnostics& diagnostics_;
  mutable std::mutex mutex_;  // guards the members below
  std::unordered_map<std::string, AddressPtr> addresses_;
  AddressPtr others_;  // for addresses over most_addresses
  Time next_look_{};   // for addresses that can be forgotten
};

// One connection. One thread at a time. Lines that are left out are counted; the number is written
// with the next line that is not left out, or at the end of the session.
class PeerDiagnostics::Session {
 public:
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;

  // For things that a peer may do, within limits: it connects, leaves, names the events that it
  // wants.
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (may_say(Level::info)) diagnostics().say(Level::info, format, args...);
  }

  // For warnings that a well-behaved peer can cause, such as an event that it cannot use.
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (may_say(Level::warning)) diagnostics().say(Level::warning, format, args...);
  }

  // For things that no well-behaved peer does: warns, and counts for too_many().
  template <class... Args>
  void fault(fmt::format_string<Args...> format, Args&&... args) {
    count_fault();
    if (may_say(Level::warning)) diagnostics().say(Level::warning, format, args...);
  }

  // The same fault again, without another line.
  void repeated_fault() { count_fault(); }

  // For an event of the peer that was not accepted. A peer may cause thousands a minute, such as a
  // broker that gets the same events from elsewhere; they do not count as lines of the session.
  template <class... Args>
  void refusal(Level level, fmt::format_string<Args...> format, Args&&... args) {
    if (may_say_refusal(level))
      say_refusal(level, fmt::vformat(format, fmt::make_format_args(args...)));
  }

  // The peer has sent an event that was accepted, or otherwise proved useful: the lines that it has
  // caused so far no longer count for its address. Cheap to call again.
  void behaved();

  // Whether it has caused so many faults that it is to be dropped.
  [[nodiscard]] bool too_many() const { return too_many_; }

 private:
  friend class PeerDiagnostics;
  Session(PeerDiagnostics& owner, AddressPtr address, std::string peer);

  [[nodiscard]] const Diagnostics& diagnostics() const { return owner_.diagnostics_; }
  bool may_say(Level level);
  bool may_say_refusal(Level level);
  void say_refusal(Level level, std::string_view text);
  void count_fault();

  PeerDiagnostics& owner_;
  AddressPtr address_;  // none: moved from
  std::string peer_;
  Allowance lines_{first_lines, later_lines};
  Allowance faults_{most_faults, most_faults};
  std::uint64_t left_out_ = 0;       // not yet reported
  std::int64_t of_the_address_ = 0;  // lines taken from its address's allowance
  bool too_many_ = false;
};

}  // namespace vtp
