// Peers that keep a broker busy, or try to stop it: as plans, which one thread carries out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <vector>

#include "tests/bench/fairness_message.h"
#include "tests/bench/load_socket.h"

namespace vtp {

enum class Side : std::uint8_t { author, subscriber, upstream };

enum class Again : std::uint8_t {
  never,      // whose connection ended has ended
  ended,      // connects anew when the broker has closed
  caught_up,  // and when it has all that it asked for
  at_once     // and when it has sent what it begins with, without a look at what comes back
};

// So many peers that all do the same: connect (an upstream: waits for a broker), send what they begin with,
// and then `repeated` again and again.
struct PeerPlan {
  Side side = Side::subscriber;
  std::size_t count = 1;
  std::size_t addresses = 1;  // they come from so many: 127.0.0.2, 127.0.0.3, …
  // What the peer with this number begins with: a subscriber that reads when it has been greeted, others at
  // once. None: nothing.
  std::function<Message(std::size_t)> opening;
  Message repeated;                       // as fast as the broker takes it, unless:
  bool waits = false;                     // for an answer before the next
  std::chrono::milliseconds interval{0};  // so long from one to the next, at least
  std::size_t total =
      0;  // so many for each peer, which has done its work with the answer to the last; 0: any
  bool stops = false;  // a few bytes before the end of the first
  bool drips = false;  // and sends those, one each `interval`
  bool reads = true;   // what the broker sends; subscribers acknowledge it
  Again again = Again::ended;
};

// What they all did.
struct PeerCounts {
  std::uint64_t connections = 0;
  std::uint64_t sent = 0;      // bytes
  std::uint64_t received = 0;  // events, or answers
};

// Where they connect to: ports of 127.0.0.1, and where brokers connect to who is upstream.
struct PeerCursors {
  std::uint16_t submit = 0;
  std::uint16_t broadcast = 0;
  const Descriptor* upstream = nullptr;  // listens; null: nobody is
};

class BusyPeers {
 public:
  // The plans outlive it.
  BusyPeers(const PeerCursors& places, const std::vector<PeerPlan>& plans);
  ~BusyPeers();

  // Goes on for a moment.
  void turn();
  // Every peer has done its work, or has ended for good.
  [[nodiscard]] bool done() const;
  [[nodiscard]] const PeerCounts& counts() const { return counts_; }

 private:
  class Peer;

  Poll poll_;
  PeerCursors places_;
  PeerCounts counts_;
  std::uint64_t number_;  // of the next copy of a message
  std::list<Peer> peers_;
};

}  // namespace vtp
