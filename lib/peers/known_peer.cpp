#include "lib/peers/known_peer.h"

#include <algorithm>

namespace vtp {

std::string_view name_of(Side side) { return side == Side::author ? "author" : "subscriber"; }

bool KnownPeer::may_send(std::string_view ivorn) const {
  return ivorns.empty() || std::ranges::any_of(ivorns, [ivorn](const IvornPrefix& prefix) {
           return prefix.matches(ivorn);
         });
}

}  // namespace vtp
