#include "lib/peers/peer_file_reader.h"

#include <utility>

#include "lib/base/input_file.h"
#include "lib/peers/peer_file.h"

namespace vtp {

std::optional<std::string> doubt_about(const PeerList& list, bool has_authority) {
  if (has_authority || !list.has_names()) return std::nullopt;
  return "--peers: lines with dn: or san: admit nobody without --tls-client-ca";
}

PeerFileReader::PeerFileReader(std::string file, PeerListPtr list, bool has_authority,
                               const Diagnostics& diagnostics)
    : file_(std::move(file)),
      list_(std::move(list)),
      has_authority_(has_authority),
      diagnostics_(diagnostics) {}

void PeerFileReader::check_access() const {
  if (const auto warning = warning_of_unreadable(file_)) diagnostics_.warning("{}", *warning);
}

PeerListPtr PeerFileReader::read_again() {
  PeerFile file = read_peers(file_);
  for (const std::string& problem : file.problems)
    diagnostics_.error("{}", problem);
  if (!file.problems.empty()) {
    diagnostics_.error("Cannot use the peers file; the old list stays in effect");
    return nullptr;
  }
  for (const std::string& warning : file.warnings)
    diagnostics_.warning("{}", warning);
  list_ = std::make_shared<const PeerList>(std::move(file.peers), list_.get());
  if (const auto doubt = doubt_about(*list_, has_authority_)) diagnostics_.warning("{}", *doubt);
  diagnostics_.info("Read {} again: {} line(s) of peers", file_, list_->peers().size());
  return list_;
}

}  // namespace vtp
