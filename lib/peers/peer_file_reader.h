// Reads the peers file of a broker, and reads it again while the broker runs.
#pragma once

#include <optional>
#include <string>

#include "lib/base/diagnostics.h"
#include "lib/peers/peer_list.h"

namespace vtp {

// The warning about lines with names of certificates (dn:, san:) if there is no authority that could
// have signed one (--tls-client-ca): they admit nobody. Nothing if there are none.
[[nodiscard]] std::optional<std::string> doubt_about(const PeerList& list, bool has_authority);

// One thread at a time.
class PeerFileReader {
 public:
  // list: what was read at the start. has_authority: as in doubt_about(). diagnostics must live
  // longer.
  PeerFileReader(std::string file, PeerListPtr list, bool has_authority,
                 const Diagnostics& diagnostics);

  // Warns if this process may not read the file, as another user than the one that started it.
  void check_access() const;

  // Reports the result. nullptr if the file has a problem, of which there is a line each: then the
  // list does not change.
  [[nodiscard]] PeerListPtr read_again();

 private:
  std::string file_;
  PeerListPtr list_;
  bool has_authority_;
  const Diagnostics& diagnostics_;
};

}  // namespace vtp
