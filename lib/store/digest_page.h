// One page of the index of digests: rows of the database, sorted by the first bytes of their
// digests.
//
// On disk: 405 entries of 10 bytes and a checksum of 4 bytes, which together with the row's header
// fill one SQLite page. Each entry is the first 5 bytes of the digest and the row number, both
// big-endian; unused entries at the end are all 0xFF. The checksum is big-endian, too; see
// checksum_of(). Pages from earlier versions have no checksum, and get one when they are next
// written; earlier versions read both kinds.
#pragma once

#include <bitset>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/voevent/event.h"

namespace vtp {

struct DigestEntry {
  std::uint64_t prefix = 0;  // of the digest
  std::int64_t row = 0;      // from 2 to 2^40 - 2; digest_index.h begins at 2

  auto operator<=>(const DigestEntry&) const = default;
};

// The digest's first 5 bytes, as a big-endian number.
inline constexpr int prefix_bits = 40;
[[nodiscard]] std::uint64_t prefix_of(const Digest& digest);

// The most entries of a page.
inline constexpr std::size_t page_capacity = 405;

// entries: sorted, at most page_capacity. The two functions are inverse to each other.
[[nodiscard]] std::string page_of(const std::vector<DigestEntry>& entries);
[[nodiscard]] std::vector<DigestEntry> entries_of(std::string_view page);

// Whether the bytes are as page_of() wrote them. A page without a checksum is only tested for its
// size and for having been overwritten with zeros.
[[nodiscard]] bool is_sound(std::string_view page);

// The rows of a page whose digest has this prefix; nearly always none or one.
[[nodiscard]] std::vector<std::int64_t> rows_with(std::string_view page, std::uint64_t prefix);

// A Bloom filter (1970) for the entries of a page: three bits of 2,048 per entry. may_have() is
// true for all prefixes of the page, and for about one in 11 others if the page is full.
class DigestFilter {
 public:
  DigestFilter() = default;
  explicit DigestFilter(const std::vector<DigestEntry>& entries);

  [[nodiscard]] bool may_have(std::uint64_t prefix) const;

 private:
  std::bitset<2048> bits_;
};

}  // namespace vtp
