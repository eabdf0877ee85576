// The peers file: who may connect to a broker, and what each may do. A line each:
//
//     # NAME   KEY                      ROLES              LIMITS
//     pole     sha256:0a1b…             author             ivorn=ivo://pole.example/ rate=10/s,50
//     archive  dn:"CN=archive,O=Lab"    subscriber         filter="//What/Param[@name='magnitude']"
//     campus   192.0.2.0/24             author,subscriber  connections=20
//     pole     pgp:0123…                author             ivorn=ivo://pole.example/
//
// brokerd(8) has the meaning of each. Quotes: peer_words.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/peers/known_peer.h"

namespace vtp {

inline constexpr std::size_t max_peers_size = 16 * 1024 * 1024;  // bytes of a peers file
inline constexpr std::size_t max_peer_name = 64;                 // bytes of a NAME
inline constexpr std::size_t most_peer_problems = 20;            // that are reported of a file

struct PeerFile {
  std::vector<KnownPeer> peers;       // in their order
  std::vector<std::string> problems;  // "FILE:12: …", one line each; empty: the file can be used
  std::vector<std::string> warnings;  // "FILE: …"
};

// Takes any bytes. file: its name, for the problems.
[[nodiscard]] PeerFile parse_peers(std::string_view text, const std::string& file);

// Reads a regular file: another one, such as a pipe, could not be read again. A file that others
// than its owner may write to is a warning, and so is one without any peer.
[[nodiscard]] PeerFile read_peers(const std::string& file);

}  // namespace vtp
