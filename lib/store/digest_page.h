// One page of the index of digests: rows of the database by the beginnings of their digests, sorted.
//
// On disk: 405 entries of 10 bytes and a checksum of 4, which with the row's header fill a page of
// SQLite's. Each entry is the digest's first 5 bytes and the row, both big-endian; those behind the last
// one are all 0xFF. The checksum is big-endian as well, see checksum_of(). A page that an earlier
// version wrote ends before it, and has one when it is next written; earlier versions read both.
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
  std::int64_t row = 0;      // from 2 to 2^40 - 2; the smallest that digest_index.h gives is 2

  auto operator<=>(const DigestEntry&) const = default;
};

// The digest's first 5 bytes, as a big-endian number.
inline constexpr int prefix_bits = 40;
[[nodiscard]] std::uint64_t prefix_of(const Digest& digest);

// Entries that a page can have.
inline constexpr std::size_t page_capacity = 405;

// entries: sorted, page_capacity of them at most. Both are the other's inverse.
[[nodiscard]] std::string page_of(const std::vector<DigestEntry>& entries);
[[nodiscard]] std::vector<DigestEntry> entries_of(std::string_view page);

// Whether the bytes are as page_of() made them. Of a page without a checksum, only whether it is of the
// right size and was not overwritten with zeros.
[[nodiscard]] bool is_sound(std::string_view page);

// The rows of a page whose digest begins so; nearly always none or one.
[[nodiscard]] std::vector<std::int64_t> rows_with(std::string_view page, std::uint64_t prefix);

// Says of nearly all prefixes that a page does not have that it does not, without the page: three
// bits of 2,048 for each entry (Bloom, 1970). It lets one in 11 pass that a full page does not have,
// and never denies one that it has.
class DigestFilter {
 public:
  DigestFilter() = default;
  explicit DigestFilter(const std::vector<DigestEntry>& entries);

  [[nodiscard]] bool may_have(std::uint64_t prefix) const;

 private:
  std::bitset<2048> bits_;
};

}  // namespace vtp
