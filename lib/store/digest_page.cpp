#include "lib/store/digest_page.h"

#include <cassert>

namespace vtp {
namespace {

constexpr std::size_t number_size = 5;  // bytes
constexpr std::size_t entry_size = 2 * number_size;
constexpr std::size_t entries_size = page_capacity * entry_size;
constexpr std::size_t checksum_size = 4;
constexpr std::int64_t least_row = 2;
constexpr char unused = '\xFF';
constexpr std::uint64_t no_row = 0xFF'FFFF'FFFF;

std::uint64_t number_at(const char* bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < number_size; ++i)
    number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
  return number;
}

void append_number(std::string& bytes, std::uint64_t number) {
  for (int shift = prefix_bits - 8; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(number >> shift));
}

// entries: numbers of 5 bytes, as in a page. Each number is mixed in by a reversible step, so that
// a changed number always changes the 64-bit sum; the checksum is 32 bits of it.
std::uint32_t checksum_of(std::string_view entries) {
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15;
  std::uint64_t sum = entries.size();
  for (std::size_t at = 0; at < entries.size(); at += number_size) {
    sum = (sum ^ number_at(entries.data() + at)) * golden_ratio;
    sum ^= sum >> 32;
  }
  return static_cast<std::uint32_t>(sum);
}

std::uint64_t prefix_at(std::string_view page, std::size_t entry) {
  return number_at(page.data() + entry * entry_size);
}

// Negative after the last entry.
std::int64_t row_at(std::string_view page, std::size_t entry) {
  const std::uint64_t row = number_at(page.data() + entry * entry_size + number_size);
  return row == no_row ? -1 : static_cast<std::int64_t>(row);
}

std::size_t first_not_before(std::string_view page, std::uint64_t prefix) {
  std::size_t begin = 0;
  std::size_t end = page.size() / entry_size;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (prefix_at(page, middle) < prefix)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

// The first bits are the same for all entries of a page.
constexpr std::size_t bit_of(std::uint64_t prefix, int which) {
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15;
  return (which == 2 ? prefix * golden_ratio >> 53 : prefix >> (11 * which)) & 2047;
}

}  // namespace

std::uint64_t prefix_of(const Digest& digest) {
  return number_at(reinterpret_cast<const char*>(digest.bytes.data()));
}

std::string page_of(const std::vector<DigestEntry>& entries) {
  assert(entries.size() <= page_capacity);
  std::string page;
  page.reserve(entries_size + checksum_size);
  for (const DigestEntry& entry : entries) {
    append_number(page, entry.prefix);
    append_number(page, static_cast<std::uint64_t>(entry.row));
  }
  page.resize(entries_size, unused);
  const std::uint32_t checksum = checksum_of(page);
  for (int shift = 24; shift >= 0; shift -= 8)
    page.push_back(static_cast<char>(checksum >> shift));
  return page;
}

bool is_sound(std::string_view page) {
  const std::string_view entries = page.substr(0, entries_size);
  if (page.size() == entries_size) {
    const std::int64_t first = row_at(entries, 0);
    return first < 0 || first >= least_row;
  }
  if (page.size() != entries_size + checksum_size) return false;
  std::uint32_t checksum = 0;
  for (const char byte : page.substr(entries_size))
    checksum = checksum << 8 | static_cast<std::uint8_t>(byte);
  return checksum == checksum_of(entries);
}

std::vector<DigestEntry> entries_of(std::string_view page) {
  std::vector<DigestEntry> entries;
  for (std::size_t i = 0; i < page.size() / entry_size && row_at(page, i) >= 0; ++i)
    entries.push_back({prefix_at(page, i), row_at(page, i)});
  return entries;
}

std::vector<std::int64_t> rows_with(std::string_view page, std::uint64_t prefix) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = first_not_before(page, prefix);
       i < page.size() / entry_size && prefix_at(page, i) == prefix && row_at(page, i) >= 0; ++i)
    rows.push_back(row_at(page, i));
  return rows;
}

DigestFilter::DigestFilter(const std::vector<DigestEntry>& entries) {
  for (const DigestEntry& entry : entries)
    for (const int which : {0, 1, 2})
      bits_.set(bit_of(entry.prefix, which));
}

bool DigestFilter::may_have(std::uint64_t prefix) const {
  return bits_[bit_of(prefix, 0)] && bits_[bit_of(prefix, 1)] && bits_[bit_of(prefix, 2)];
}

}  // namespace vtp
