// A peers file: what is accepted has valid names, keys and limits, and each line of problems is one line.
#include <algorithm>

#include "lib/filter/filter.h"
#include "lib/peers/peer_file.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

bool fits_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._@+-").find(c) != std::string_view::npos;
}

// A key that counts for more than its line says would admit strangers.
void check_key(const KnownPeer& peer) {
  const bool is_range = peer.kind == KeyKind::addresses;
  require(is_range == peer.range.has_value(), "a range belongs to an address", peer.key);
  require(!is_range || AddressRange::parse(peer.key), "a range is text for the same range",
          peer.key);
  require(is_range || peer.key.find(':') != std::string::npos, "other keys have a scheme",
          peer.key);
  require(peer.may_be(Side::author) || peer.may_be(Side::subscriber), "a peer has a role");
}

void check_peer(const KnownPeer& peer) {
  require(!peer.name.empty() && peer.name.size() <= max_peer_name &&
              std::ranges::all_of(peer.name, fits_a_name),
          "a name is safe to print", peer.name);
  check_key(peer);
  require(peer.filter.size() <= max_filter_size, "a filter is bounded");
  require(peer.kind != KeyKind::signing || !peer.ivorns.empty(), "a key that signs has a limit");
  for (const IvornPrefix& prefix : peer.ivorns) {
    require(prefix.matches(prefix.text() +
                           (prefix.text().find_first_of("#?") == std::string::npos ? "#1" : "1")),
            "an event that begins so may be sent", prefix.text());
    require(!prefix.matches("ivo://"), "nothing is no such event", prefix.text());
  }
  if (peer.rate)
    require(peer.rate->each_second > 0 && peer.rate->burst >= 1, "a rate allows something");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const PeerFile file = parse_peers(fuzz::text_of(data, size), "f");
  require(file.problems.size() <= most_peer_problems + 1, "problems are bounded");
  for (const std::string& problem : file.problems)
    require(problem.find_first_of("\n\r") == std::string::npos && problem.starts_with("f:"),
            "a problem is one line with its place", problem);
  if (file.problems.empty())
    for (const KnownPeer& peer : file.peers)
      check_peer(peer);
  return 0;
}
