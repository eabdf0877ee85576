// How many peers of a kind may be connected, in all and from each address, and who goes when there is no
// more room.
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

// For the authors of a broker, or for its subscribers, so that neither can use up what the others need.
// Any thread.
class ConnectionLimit {
 public:
  // Connections that may be on their way out while others have their seats already.
  static constexpr std::size_t most_leaving = 64;

  // total: connections at the same time; each_address: of those from one address (address_in, peer_log.h).
  ConnectionLimit(std::size_t total, std::size_t each_address);
  ~ConnectionLimit();
  ConnectionLimit(const ConnectionLimit&) = delete;
  ConnectionLimit& operator=(const ConnectionLimit&) = delete;

  class Seat;

  // A seat for a connection with this peer (Peer::name). Where there is no room, the one that has been idle
  // for longest goes, among those from the same address if that has too many: its `leave` is called, on
  // this thread, and is to have it ended soon. It must not come back to this object. Nothing if nobody is
  // idle, or too many are leaving already. A seat is idle at first. Shorter than this lives.
  [[nodiscard]] std::optional<Seat> admit(std::string_view peer, std::function<void()> leave);

  [[nodiscard]] std::size_t count() const;

 private:
  struct Entry;
  struct Address;
  using Idle = std::list<Entry*>;  // the one that has been so for longest first

  bool make_room(Idle& idle);
  void set_idle(Entry& entry, bool idle);
  void release(Entry& entry);

  const std::size_t total_;
  const std::size_t each_address_;
  mutable std::mutex mutex_;  // guards what follows, and entries
  std::size_t count_ = 0;
  std::size_t leaving_ = 0;
  Idle idle_;
  std::unordered_map<std::string, Address> addresses_;
};

// Taken as long as it lives. One thread at a time.
class ConnectionLimit::Seat {
 public:
  ~Seat();
  Seat(Seat&&) noexcept;
  Seat& operator=(Seat&&) = delete;

  // An idle one can be made to leave for another, a busy one cannot.
  void busy();
  void idle();

 private:
  friend class ConnectionLimit;
  Seat(ConnectionLimit& limit, std::unique_ptr<Entry> entry);

  ConnectionLimit* limit_;
  std::unique_ptr<Entry> entry_;  // none: moved from
};

}  // namespace vtp
