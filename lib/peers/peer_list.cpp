#include "lib/peers/peer_list.h"

#include <algorithm>
#include <utility>

#include "lib/base/characters.h"

namespace vtp {

PeerList::PeerList(std::vector<KnownPeer> peers, const PeerList* before)
    : peers_(std::move(peers)) {
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    KnownPeer& peer = peers_[i];
    for (const Side side : sides) {
      if (!peer.may_be(side)) continue;
      Index& index = indexes_[static_cast<std::size_t>(side)];
      index.keys.emplace(peer.key, i);
      if (peer.kind == KeyKind::addresses) index.ranges.push_back(i);
      auto use = before != nullptr ? before->use_of(peer, side) : nullptr;
      if (!use) use = std::make_shared<PeerUse>();
      peer.use[static_cast<std::size_t>(side)] = std::move(use);
    }
  }
}

std::shared_ptr<PeerUse> PeerList::use_of(const KnownPeer& peer, Side side) const {
  const KnownPeer* const same = with_key(index_of(side), peer.key);
  return same != nullptr ? same->use_as(side) : nullptr;
}

const KnownPeer* PeerList::with_key(const Index& index, const std::string& key) const {
  const auto found = index.keys.find(key);
  return found == index.keys.end() ? nullptr : &peers_[found->second];
}

const KnownPeer* PeerList::find(const Peer& peer, Side side) const {
  const Index& index = index_of(side);
  const PeerCertificate* const certificate = peer.certificate.get();
  if (certificate != nullptr)
    if (const KnownPeer* known = with_key(index, certificate->fingerprint)) return known;
  if (certificate != nullptr && certificate->is_verified) {
    const KnownPeer* first = with_key(index, "dn:" + certificate->subject);
    for (const std::string& name : certificate->names) {
      const KnownPeer* const known = with_key(index, "san:" + name);
      if (known != nullptr && (first == nullptr || known->line < first->line)) first = known;
    }
    if (first != nullptr) return first;
  }
  if (!peer.address) return nullptr;
  const auto in_range = std::ranges::find_if(
      index.ranges, [&](std::size_t i) { return peers_[i].range->contains(*peer.address); });
  return in_range == index.ranges.end() ? nullptr : &peers_[*in_range];
}

bool PeerList::may_sign(std::string_view fingerprint, std::string_view ivorn) const {
  const std::string key = "pgp:" + lower_case(fingerprint);
  const KnownPeer* const signer = with_key(index_of(Side::author), key);
  return signer != nullptr && signer->may_send(ivorn);
}

bool PeerList::has_names() const {
  return std::ranges::any_of(peers_, [](const KnownPeer& peer) {
    return peer.kind == KeyKind::subject || peer.kind == KeyKind::other_name;
  });
}

}  // namespace vtp
