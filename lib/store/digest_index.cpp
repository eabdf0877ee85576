#include "lib/store/digest_index.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

constexpr std::size_t most_newest = 8192;       // rows in memory
constexpr std::int64_t most_at_once = 262'144;  // rows; for a database of an earlier version
constexpr std::int64_t everything = INT64_MAX;  // no limit
constexpr std::size_t worth_a_write = 32;       // new entries for a page
constexpr int filtered_levels = 3;
constexpr int first_level_bits = 8;
constexpr int bits_a_level = 3;
constexpr int number_bits = 48;  // of a page's id; the rest is its level
constexpr int most_levels = (prefix_bits - first_level_bits) / bits_a_level + 1;

constexpr int bits_of(int level) { return first_level_bits + bits_a_level * (level - 1); }

std::int64_t page_with(std::uint64_t prefix, int level) {
  const std::uint64_t number = prefix >> (prefix_bits - bits_of(level));
  return static_cast<std::int64_t>(level) << number_bits | static_cast<std::int64_t>(number);
}

// The first level for that many entries: few enough pages that each gets several.
int level_for(std::size_t entries) {
  int level = 1;
  while (entries >> bits_of(level + 1) >= worth_a_write)
    ++level;
  return level;
}

// The most entries that a page may keep, 200 to 389: pseudo-random, but always the same for a page.
std::size_t room_in(std::int64_t page) {
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15;
  return 200 + (static_cast<std::uint64_t>(page) * golden_ratio >> 32) % 190;
}

constexpr std::int64_t row_of_event(std::int64_t seq) { return 2 * seq; }
constexpr std::int64_t row_of_seen(std::int64_t id) { return 2 * id + 1; }
constexpr bool is_seen(std::int64_t row) { return (row & 1) != 0; }
constexpr std::int64_t number_in_table(std::int64_t row) { return row >> 1; }

}  // namespace

DigestIndex::DigestIndex(Database& database)
    : database_(database),
      read_version_(database, "PRAGMA data_version"),
      read_mark_(database, "SELECT event, seen FROM digest_mark"),
      write_mark_(database, "UPDATE digest_mark SET event = ?1, seen = ?2"),
      read_levels_(database, "SELECT max(id) FROM digest_page"),
      read_events_(database, "SELECT seq, digest FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
      read_seen_(database, "SELECT id, key FROM seen WHERE id > ?1 ORDER BY id LIMIT ?2"),
      first_event_(database, "SELECT min(seq) FROM event"),
      first_seen_(database, "SELECT min(id) FROM seen"),
      event_digest_(database, "SELECT digest FROM event WHERE seq = ?1"),
      seen_key_(database, "SELECT key FROM seen WHERE id = ?1"),
      read_page_(database, "SELECT entries FROM digest_page WHERE id = ?1"),
      read_pages_(database, "SELECT id, entries FROM digest_page WHERE id < ?1"),
      write_page_(database,
                  "INSERT INTO digest_page VALUES(?1, ?2) "
                  "ON CONFLICT(id) DO UPDATE SET entries = excluded.entries") {
  while (!database_.only_reads() && bring_up()) {
  }
}

// One step of the upgrade; false if too few rows are left to fill pages.
bool DigestIndex::bring_up() {
  Database::Transaction transaction(database_);
  read_mark();
  read_newest(most_at_once);
  const bool worthwhile = newest_.size() > most_newest;
  if (worthwhile) write_newest();
  transaction.commit();
  return worthwhile;
}

DigestIndex::Rows DigestIndex::find(const Digest& digest) {
  refresh();
  Rows found;
  const std::uint64_t prefix = prefix_of(digest);
  const auto [begin, end] = newest_.equal_range(prefix);
  for (auto entry = begin; entry != end; ++entry)
    check(entry->second, digest, found);
  for (int level = 1; level <= levels_; ++level) {
    const std::int64_t page = page_with(prefix, level);
    if (!may_have(level, page, prefix)) continue;
    read_page_.bind(1, page);
    if (!read_page_.step()) continue;
    const std::vector<std::int64_t> rows = rows_with(sound(page, read_page_.bytes(0)), prefix);
    read_page_.reset();
    for (const std::int64_t row : rows)
      check(row, digest, found);
  }
  return found;
}

bool DigestIndex::may_have(int level, std::int64_t page, std::uint64_t prefix) {
  if (level > filtered_levels) return true;
  auto filter = filters_.find(page);
  if (filter == filters_.end())
    filter = filters_.emplace(page, DigestFilter(with_page(page, {}))).first;
  return filter->second.may_have(prefix);
}

void DigestIndex::warm_up() {
  refresh();
  read_pages_.bind(1, static_cast<std::int64_t>(filtered_levels + 1) << number_bits);
  while (read_pages_.step())
    filters_.emplace(read_pages_.number(0),
                     DigestFilter(entries_of(sound(read_pages_.number(0), read_pages_.bytes(1)))));
}

// Records the row in `found` if it has the digest.
void DigestIndex::check(std::int64_t row, const Digest& digest, Rows& found) {
  Database::Statement& statement = is_seen(row) ? seen_key_ : event_digest_;
  statement.bind(1, number_in_table(row));
  if (!statement.step()) return;
  if (statement.digest(0) == digest)
    (is_seen(row) ? found.seen : found.event) = number_in_table(row);
  statement.reset();
}

void DigestIndex::add_event(const Digest& digest, std::int64_t seq) {
  refresh();
  if (seq <= known_.event) return;  // already read from its table
  known_.event = seq;
  add(digest, row_of_event(seq));
}

void DigestIndex::add_seen(const Digest& digest, std::int64_t id) {
  refresh();
  if (id <= known_.seen) return;
  known_.seen = id;
  add(digest, row_of_seen(id));
}

void DigestIndex::add(const Digest& digest, std::int64_t row) {
  newest_.emplace(prefix_of(digest), row);
  if (newest_.size() > most_newest) write_newest();
}

// Reads what other programs have added, once in each transaction.
void DigestIndex::refresh() {
  if (transaction_ == database_.transactions()) return;
  transaction_ = database_.transactions();
  const std::int64_t version = read_version_.run();
  if (version == data_version_ && undone_ == database_.undone()) return;
  if (undone_ != database_.undone()) {
    newest_.clear();
    filters_.clear();
    known_ = {};
  }
  data_version_ = version;
  undone_ = database_.undone();
  read_mark();
  read_newest(everything);
}

void DigestIndex::read_mark() {
  const Rows before = mark_;
  if (read_mark_.step()) mark_ = {read_mark_.number(0), read_mark_.number(1)};
  read_mark_.reset();
  if (mark_ != before) filters_.clear();  // another program has written pages
  levels_ = static_cast<int>(read_levels_.run() >> number_bits);
  known_ = {std::max(known_.event, mark_.event), std::max(known_.seen, mark_.seen)};
  std::erase_if(newest_, [this](const auto& entry) {
    return number_in_table(entry.second) <= (is_seen(entry.second) ? mark_.seen : mark_.event);
  });
}

void DigestIndex::read_newest(std::int64_t most) {
  read_events_.bind(1, known_.event);
  read_events_.bind(2, most);
  while (read_events_.step()) {
    known_.event = read_events_.number(0);
    newest_.emplace(prefix_of(read_events_.digest(1).value_or(Digest{})),
                    row_of_event(known_.event));
  }
  read_seen_.bind(1, known_.seen);
  read_seen_.bind(2, most);
  while (read_seen_.step()) {
    known_.seen = read_seen_.number(0);
    newest_.emplace(prefix_of(read_seen_.digest(1).value_or(Digest{})), row_of_seen(known_.seen));
  }
}

void DigestIndex::write_newest() {
  Entries entries;
  entries.reserve(newest_.size());
  for (const auto& [prefix, row] : newest_)
    entries.push_back({prefix, row});
  std::ranges::sort(entries);
  int level = level_for(entries.size());
  for (; !entries.empty(); ++level)
    entries = write_level(level, entries);
  levels_ = std::max(levels_, level - 1);
  newest_.clear();
  mark_ = known_;
  write_mark_.bind(1, mark_.event);
  write_mark_.bind(2, mark_.seen);
  write_mark_.run();
}

// Returns the entries that full pages pass to the next level, sorted in the same order.
DigestIndex::Entries DigestIndex::write_level(int level, const Entries& entries) {
  assert(level <= most_levels);
  const std::int64_t first_event = row_of_event(first_event_.run());
  const std::int64_t first_seen = row_of_seen(first_seen_.run());
  const auto is_gone = [&](const DigestEntry& entry) {
    return entry.row < (is_seen(entry.row) ? first_seen : first_event);
  };
  Entries handed_on;
  for (auto begin = entries.begin(); begin != entries.end();) {
    const std::int64_t id = page_with(begin->prefix, level);
    const auto end = std::find_if(begin, entries.end(), [&](const DigestEntry& entry) {
      return page_with(entry.prefix, level) != id;
    });
    Entries page = with_page(id, {begin, end});
    std::erase_if(page, is_gone);
    if (page.size() > room_in(id)) {
      handed_on.insert(handed_on.end(), page.begin(), page.end());
      page.clear();
    }
    write_page(id, page);
    begin = end;
  }
  return handed_on;
}

std::string_view DigestIndex::sound(std::int64_t id, std::string_view page) {
  if (is_sound(page)) return page;
  read_page_.reset();
  read_pages_.reset();
  throw StoreError(
      fmt::format("{}: page {} of the index of digests is damaged; see DISK FAILURES in brokerd(8)",
                  database_.file(), id));
}

DigestIndex::Entries DigestIndex::with_page(std::int64_t id, Entries entries) {
  read_page_.bind(1, id);
  if (read_page_.step()) {
    const Entries page = entries_of(sound(id, read_page_.bytes(0)));
    const auto middle = entries.insert(entries.end(), page.begin(), page.end());
    std::inplace_merge(entries.begin(), middle, entries.end());
  }
  read_page_.reset();
  return entries;
}

void DigestIndex::write_page(std::int64_t id, const Entries& entries) {
  const std::string page = page_of(entries);
  write_page_.bind(1, id);
  write_page_.bind_blob(2, page);
  write_page_.run();
  if (id >> number_bits <= filtered_levels) filters_[id] = DigestFilter(entries);
}

}  // namespace vtp
