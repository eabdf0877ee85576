// The known peers of a broker: finds the one that a connected peer is.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/net/peer.h"
#include "lib/peers/known_peer.h"

namespace vtp {

// Immutable but for PeerUse. Any thread.
class PeerList {
 public:
  // peers: as parse_peers gives them, without problems. before: the list that this one replaces; a
  // key that is in both keeps what it has used (PeerUse). nullptr: none.
  explicit PeerList(std::vector<KnownPeer> peers, const PeerList* before = nullptr);

  // The line that admits the peer on this side; nullptr if none does. A line with its fingerprint
  // counts before those with a name of its certificate, and these before address ranges; of several
  // that are left, the first counts.
  [[nodiscard]] const KnownPeer* find(const Peer& peer, Side side) const;

  // Whether the signing key is listed for events with this ivorn. fingerprint: hexadecimal digits
  // in upper or lower case, without pgp:.
  [[nodiscard]] bool may_sign(std::string_view fingerprint, std::string_view ivorn) const;

  // Whether there are lines with names of certificates (dn:, san:), which need an authority.
  [[nodiscard]] bool has_names() const;

  [[nodiscard]] const std::vector<KnownPeer>& peers() const { return peers_; }

 private:
  struct Index {
    std::unordered_map<std::string, std::size_t> keys;  // all but ranges, to the place in peers_
    std::vector<std::size_t> ranges;
  };
  [[nodiscard]] const Index& index_of(Side side) const {
    return indexes_[static_cast<std::size_t>(side)];
  }
  [[nodiscard]] const KnownPeer* with_key(const Index& index, const std::string& key) const;
  [[nodiscard]] std::shared_ptr<PeerUse> use_of(const KnownPeer& peer, Side side) const;

  std::vector<KnownPeer> peers_;
  std::array<Index, sides.size()> indexes_;  // by Side
};

using PeerListPtr = std::shared_ptr<const PeerList>;

}  // namespace vtp
