// Limits for the number of connected peers of one kind, in total and per address; chooses which
// connection ends when a limit is reached.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vtp {

// A broker has one for its authors and one for its subscribers, so that neither can use up the
// other's connections. Any thread.
class ConnectionLimit {
 public:
  // The most connections that may be closing while others have taken their seats.
  static constexpr std::size_t most_leaving = 64;

  // total: simultaneous connections; each_address: of those, from one address (address_in,
  // peer_diagnostics.h).
  ConnectionLimit(std::size_t total, std::size_t each_address);
  ~ConnectionLimit();
  ConnectionLimit(const ConnectionLimit&) = delete;
  ConnectionLimit& operator=(const ConnectionLimit&) = delete;

  class Seat;

  // Takes a seat for a connection with this peer (Peer::name). If there is none, the connection
  // that has been idle for longest must leave, of the same address if that address is over its
  // limit: its `leave` is called on this thread, and should end the connection soon. It must not
  // call this object. Returns nothing if no connection is idle, or too many are closing already. A
  // new seat is idle. It must not outlive this object.
  [[nodiscard]] std::optional<Seat> admit(std::string_view peer, std::function<void()> leave);

  [[nodiscard]] std::size_t count() const;

 private:
  struct Entry;
  struct Address;
  using Idle = std::list<Entry*>;  // longest idle first

  bool make_room(Idle& idle);
  void set_idle(Entry& entry, bool idle);
  void release(Entry& entry);

  const std::size_t total_;
  const std::size_t each_address_;
  mutable std::mutex mutex_;  // guards the members below, and entries
  std::size_t count_ = 0;
  std::size_t leaving_ = 0;
  Idle idle_;
  std::unordered_map<std::string, Address> addresses_;
};

// Occupied until destroyed. One thread at a time.
class ConnectionLimit::Seat {
 public:
  ~Seat();
  Seat(Seat&&) noexcept;
  Seat& operator=(Seat&&) = delete;

  // An idle connection can be made to leave for another; a busy one cannot.
  void busy();
  void idle();

 private:
  friend class ConnectionLimit;
  Seat(ConnectionLimit& limit, std::unique_ptr<Entry> entry);

  ConnectionLimit* limit_;
  std::unique_ptr<Entry> entry_;  // none: moved from
};

}  // namespace vtp
