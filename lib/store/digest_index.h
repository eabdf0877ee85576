// Finds the rows of the database that have a given digest. The index keeps additions cheap however
// many rows it has. Digests are random: in an index of SQLite's own, each new digest changes a
// different page of the file, which costs more than storing the event. Here about thirty digests of
// one page are written to it together.
//
// The newest rows, at most 8,192, are on no page: they are kept in memory, and read from the tables
// `event` and `seen` after the mark. When there are more, all go to the pages of level 1, each to
// the page of the digests with the same first 8 bits. A page that becomes too full passes all its
// entries to its child pages on the next level, where 3 more bits count, and so on. The limit
// differs between pages, so that they do not all fill up at the same time. A lookup reads one page
// per level; four levels hold ten million rows. Filters in memory, at most 5 MB, exclude nearly all
// pages of the first three levels for a new digest, so that a lookup reads one page.
//
// On disk: digest_page(id, entries). id is level * 2^48 + the number formed by those first bits;
// for entries see digest_page.h. The row number is 2 * seq for an `event` and 2 * id + 1 for a
// `seen`. Entries whose row is gone, or has another digest, are ignored, and removed when the page
// is rewritten. A damaged page would make a duplicate look new: lookups and additions that need it
// throw StoreError until the index is rebuilt. digest_mark(event, seen): the last rows that are on
// pages.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/store/database.h"
#include "lib/store/digest_page.h"
#include "lib/voevent/event.h"

namespace vtp {

// All calls are made within a transaction on the database, which must live longer; additions need a
// writing one, the same that adds the row to its table. Any number of programs may use one file,
// with one thread each. Throws StoreError.
class DigestIndex {
 public:
  // Puts rows on pages that are on none yet, as in a database of an earlier version, unless the
  // database is only read. Call it outside of a transaction.
  explicit DigestIndex(Database& database);

  // 0 means that there is no such row.
  struct Rows {
    std::int64_t event = 0;  // seq
    std::int64_t seen = 0;   // id

    bool operator==(const Rows&) const = default;
  };
  [[nodiscard]] Rows find(const Digest& digest);

  // Reads in advance what lookups would read piece by piece. Takes up to some tenths of a second.
  void warm_up();

  void add_event(const Digest& digest, std::int64_t seq);
  void add_seen(const Digest& digest, std::int64_t id);

 private:
  using Entries = std::vector<DigestEntry>;

  bool bring_up();
  void add(const Digest& digest, std::int64_t row);
  void refresh();
  void read_mark();
  void read_newest(std::int64_t most);
  bool may_have(int level, std::int64_t page, std::uint64_t prefix);
  void check(std::int64_t row, const Digest& digest, Rows& found);
  void write_newest();
  Entries write_level(int level, const Entries& entries);
  [[nodiscard]] std::string_view sound(std::int64_t id, std::string_view page);
  Entries with_page(std::int64_t id, Entries entries);
  void write_page(std::int64_t id, const Entries& entries);

  Database& database_;
  std::unordered_multimap<std::uint64_t, std::int64_t> newest_;  // rows by prefix
  std::unordered_map<std::int64_t, DigestFilter> filters_;       // by page
  Rows known_;                     // the last rows in newest_ or on pages
  Rows mark_;                      // the last rows that are on pages
  int levels_ = 0;                 // that have pages
  std::uint64_t transaction_ = 0;  // the transaction in which this state was current
  std::uint64_t undone_ = 0;       // transactions undone until then
  std::int64_t data_version_ = 0;  // as of then; commits of other programs change it
  Database::Statement read_version_;
  Database::Statement read_mark_;
  Database::Statement write_mark_;
  Database::Statement read_levels_;
  Database::Statement read_events_;
  Database::Statement read_seen_;
  Database::Statement first_event_;
  Database::Statement first_seen_;
  Database::Statement event_digest_;
  Database::Statement seen_key_;
  Database::Statement read_page_;
  Database::Statement read_pages_;
  Database::Statement write_page_;
};

}  // namespace vtp
