// Reads the peers file of a broker, and reads it again while the broker runs.
#pragma once

#include <string>

#include "lib/base/diagnostics.h"
#include "lib/peers/peer_list.h"

namespace vtp {

// One thread at a time.
class PeerFileReader {
 public:
  // list: what was read at the start. diagnostics must live longer.
  PeerFileReader(std::string file, PeerListPtr list, const Diagnostics& diagnostics);

  // Reports the result. nullptr if the file has a problem, of which there is a line each: then the
  // list does not change.
  [[nodiscard]] PeerListPtr read_again();

 private:
  std::string file_;
  PeerListPtr list_;
  const Diagnostics& diagnostics_;
};

}  // namespace vtp
