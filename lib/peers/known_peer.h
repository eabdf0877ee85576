// A known peer: a line of the peers file, with its key, what its owner may do, and its limits.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/endpoint.h"
#include "lib/peers/ivorn_prefix.h"
#include "lib/peers/rate.h"

namespace vtp {

// As what a peer connects to a broker.
enum class Side { author, subscriber };

inline constexpr std::array sides = {Side::author, Side::subscriber};

// "author", "subscriber".
[[nodiscard]] std::string_view name_of(Side side);

enum class KeyKind {
  fingerprint,  // sha256: of the public key of its certificate
  subject,      // dn: of a certificate under an authority
  other_name,   // san: one of the subjectAltNames of such a certificate
  addresses,    // from where it connects
  signing       // pgp: signs events, and admits nobody
};

// What those who are admitted by one line, on one side, use together. Any thread.
struct PeerUse {
  std::mutex mutex;  // guards the members below
  std::size_t connections = 0;
  RateBucket bucket;
};

struct KnownPeer {
  std::string name;  // for people: 1 to 64 letters, digits and . _ @ + -
  KeyKind kind = KeyKind::fingerprint;
  std::string key;  // "sha256:…" and "pgp:…" in lower case, "dn:…", "san:…", or the range
  std::optional<AddressRange> range;     // of `addresses`
  std::array<bool, sides.size()> may{};  // by Side
  std::vector<IvornPrefix> ivorns;       // all that its events may begin with; empty: no limit
  std::string filter;                    // XPath: the most that it may see; empty: everything
  std::optional<Rate> rate;              // of its events
  std::optional<std::size_t> most_connections;
  int line = 0;                                            // in its file
  std::array<std::shared_ptr<PeerUse>, sides.size()> use;  // by Side; PeerList sets it

  [[nodiscard]] bool may_be(Side side) const { return may[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const std::shared_ptr<PeerUse>& use_as(Side side) const {
    return use[static_cast<std::size_t>(side)];
  }
  [[nodiscard]] bool may_send(std::string_view ivorn) const;
};

}  // namespace vtp
