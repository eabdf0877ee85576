// Who is admitted to a broker that has a peers file, and what it may do while it is connected.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lib/net/peer.h"
#include "lib/peers/peer_list.h"

namespace vtp {

class PeerRegister;

// Of one session, and as long as it lasts: it counts as a connection of its known peer. A peer on a
// unix socket is admitted without a name or limits, since the permissions of the socket have
// decided. One thread at a time.
class Admission {
 public:
  ~Admission();
  Admission(Admission&& other) noexcept;
  Admission& operator=(Admission&&) = delete;

  // The NAME in the peers file; empty for a peer on a unix socket.
  [[nodiscard]] std::string_view name() const;

  // The XPath filter that an event must pass before the subscriber may see it; empty: none.
  [[nodiscard]] std::string_view filter() const;

  // Why the author may not send this event, now or at all, for its nak; nothing if it may: then the
  // event counts for its rate. Does not allocate memory in that case.
  [[nodiscard]] std::optional<std::string> refusal(std::string_view ivorn,
                                                   std::chrono::steady_clock::time_point now);

  // Looks the peer up in the present list: from then on, its limits are those of the line that
  // admits it there. False if there is none any more. A peer with more connections than its new
  // limit keeps them.
  [[nodiscard]] bool renew();

 private:
  friend class PeerRegister;
  Admission(const PeerRegister& owner, Peer peer, Side side, PeerListPtr list,
            const KnownPeer* known);
  [[nodiscard]] PeerUse* use() const { return known_ ? known_->use_as(side_).get() : nullptr; }
  void leave();

  const PeerRegister* owner_;
  Peer peer_;
  Side side_;
  PeerListPtr list_;        // nullptr: moved from
  const KnownPeer* known_;  // in list_; nullptr: on a unix socket
};

// A peer that is not admitted.
struct NotAdmitted {
  std::string reason;  // for the peer, in a nak
  std::string line;    // for the diagnostics, after "Connection from X turned away: "
};

// The present list of known peers. It must outlive admissions. Any thread.
class PeerRegister {
 public:
  explicit PeerRegister(PeerListPtr peers) : peers_(std::move(peers)) {}

  // For new connections; sessions have Admission::renew().
  void replace(PeerListPtr peers);

  [[nodiscard]] PeerListPtr peers() const;

  [[nodiscard]] std::variant<Admission, NotAdmitted> admit(const Peer& peer, Side side) const;

  // As PeerList::may_sign.
  [[nodiscard]] bool may_sign(std::string_view fingerprint, std::string_view ivorn) const {
    return peers()->may_sign(fingerprint, ivorn);
  }

 private:
  mutable std::mutex mutex_;  // guards peers_
  PeerListPtr peers_;
};

}  // namespace vtp
