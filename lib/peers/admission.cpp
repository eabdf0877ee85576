#include "lib/peers/admission.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {
namespace {

constexpr std::size_t most_named_prefixes = 3;  // in a nak

NotAdmitted unknown(const Peer& peer, Side side, const KnownPeer* on_other_side) {
  const std::string other =
      on_other_side != nullptr ? fmt::format("{} is no {} here", on_other_side->name, name_of(side))
                               : std::string();
  if (!peer.has_tls)
    return {side == Side::author
                ? author_not_allowed(peer.address->to_string())
                : fmt::format("Subscribers at {} are not allowed here", peer.address->to_string()),
            other.empty() ? "its address is in no line of the peers file" : other};
  if (!peer.certificate)
    return {
        fmt::format("{}you have shown no certificate; make a key, and send its fingerprint to the "
                    "operator of this broker",
                    not_known),
        "it has shown no certificate, and its address is in no line of the peers file"};
  const PeerCertificate& certificate = *peer.certificate;
  std::string key = certificate.fingerprint;
  if (certificate.is_verified) key += fmt::format(" ({})", shortened(certificate.subject, 200));
  if (!other.empty())
    return {fmt::format("{}; your key is {}; ask the operator of this broker", other,
                        certificate.fingerprint),
            fmt::format("{}; its key is {}", other, key)};
  return {fmt::format("{}your key is {}; send it to the operator of this broker", not_known,
                      certificate.fingerprint),
          fmt::format("its key {} is in no line of the peers file", key)};
}

std::string list_of(const std::vector<IvornPrefix>& prefixes) {
  std::string list;
  for (std::size_t i = 0; i < std::min(prefixes.size(), most_named_prefixes); ++i)
    list += fmt::format("{}{}…", i == 0 ? "" : ", ", shortened(prefixes[i].text(), 200));
  return list + (prefixes.size() > most_named_prefixes ? " and others" : "");
}

}  // namespace

Admission::Admission(const PeerRegister& owner, Peer peer, Side side, PeerListPtr list,
                     const KnownPeer* known)
    : owner_(&owner), peer_(std::move(peer)), side_(side), list_(std::move(list)), known_(known) {}

Admission::Admission(Admission&& other) noexcept
    : owner_(other.owner_),
      peer_(std::move(other.peer_)),
      side_(other.side_),
      list_(std::exchange(other.list_, nullptr)),
      known_(std::exchange(other.known_, nullptr)) {}

Admission::~Admission() { leave(); }

void Admission::leave() {
  PeerUse* const here = use();
  if (here == nullptr) return;
  const std::lock_guard lock(here->mutex);
  --here->connections;
}

std::string_view Admission::name() const { return known_ ? known_->name : std::string_view(); }

std::string_view Admission::filter() const { return known_ ? known_->filter : std::string_view(); }

std::optional<std::string> Admission::refusal(std::string_view ivorn,
                                              std::chrono::steady_clock::time_point now) {
  if (known_ == nullptr) return std::nullopt;
  if (!known_->may_send(ivorn))
    return fmt::format("{} may not send events with this ivorn here, but only {}", known_->name,
                       list_of(known_->ivorns));
  if (!known_->rate) return std::nullopt;
  const std::lock_guard lock(use()->mutex);
  if (use()->bucket.take(*known_->rate, now)) return std::nullopt;
  return fmt::format("{} sends more events than its rate allows here ({}); {}", known_->name,
                     text_of(*known_->rate), try_again_later);
}

bool Admission::renew() {
  PeerListPtr list = owner_->peers();
  if (known_ == nullptr || list == list_) return true;
  const KnownPeer* const known = list->find(peer_, side_);
  if (known == nullptr) return false;
  if (known->use_as(side_).get() != use()) {
    leave();
    const std::lock_guard lock(known->use_as(side_)->mutex);
    ++known->use_as(side_)->connections;
  }
  known_ = known;
  list_ = std::move(list);
  return true;
}

void PeerRegister::replace(PeerListPtr peers) {
  const std::lock_guard lock(mutex_);
  peers_.swap(peers);
}

PeerListPtr PeerRegister::peers() const {
  const std::lock_guard lock(mutex_);
  return peers_;
}

std::variant<Admission, NotAdmitted> PeerRegister::admit(const Peer& peer, Side side) const {
  PeerListPtr list = peers();
  if (!peer.address) return Admission(*this, peer, side, std::move(list), nullptr);
  const KnownPeer* const known = list->find(peer, side);
  if (known == nullptr) {
    const Side other = side == Side::author ? Side::subscriber : Side::author;
    return unknown(peer, side, list->find(peer, other));
  }
  PeerUse& use = *known->use_as(side);
  const std::lock_guard lock(use.mutex);
  if (known->most_connections && use.connections >= *known->most_connections) {
    const std::string full = fmt::format("{} has as many connections as it may have ({})",
                                         known->name, *known->most_connections);
    return NotAdmitted{fmt::format("{}; {}", full, try_again_later), full};
  }
  ++use.connections;
  return Admission(*this, peer, side, std::move(list), known);
}

}  // namespace vtp
