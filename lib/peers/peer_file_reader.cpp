#include "lib/peers/peer_file_reader.h"

#include <utility>

#include "lib/peers/peer_file.h"

namespace vtp {

PeerFileReader::PeerFileReader(std::string file, PeerListPtr list, const Diagnostics& diagnostics)
    : file_(std::move(file)), list_(std::move(list)), diagnostics_(diagnostics) {}

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
  diagnostics_.info("Read {} again: {} line(s) of peers", file_, list_->peers().size());
  return list_;
}

}  // namespace vtp
