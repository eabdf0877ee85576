// Which rows of the database have a digest? An index to which adding stays cheap however many rows
// it has. Digests are random: in an index of SQLite's own each new one changes a page of its own
// somewhere in the file, which costs more than storing the event. Here some thirty that belong to
// one page are written to it at once.
//
// The newest rows, 8,192 at most, are on no page: they are looked for in memory, where they are read
// from the tables `event` and `seen`, from the mark on. When there are more, all go to the pages of
// level 1, each to that of the digests that begin with the same 8 bits. A page that has become too
// full hands all that it has to those under it on the next level, where 3 bits more count, and so
// on. How full that is differs between pages, so that never many of them do so at once. A digest is
// looked for on one page of each level; four levels have ten million. Filters in memory, 5 MB at most,
// say of nearly all pages of the first three that a new one is not there, so that one page is read.
//
// On disk: digest_page(id, entries), of which id is level * 2^48 + the number that those bits are,
// and entries are as digest_page.h says, with the row 2 * seq of an `event`, or 2 * id + 1 of a
// `seen`. What a page says of rows that are gone, or have another digest, counts for nothing, and is
// left out when the page is written anew. A page that is damaged would make a duplicate new: nothing is
// found or added by way of it, but StoreError thrown, until the index is made anew. digest_mark(event, seen): the last rows that are on pages.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/store/database.h"
#include "lib/store/digest_page.h"
#include "lib/voevent/event.h"

namespace vtp {

// For whoever has a transaction under way on the database, which must live longer; to add, one that
// writes. A row is added in the transaction that adds it to its table. Any number of programs on one
// file, one thread in each. Throws StoreError.
class DigestIndex {
 public:
  // Puts on pages what is not there yet, as in a database of an earlier version. Not within a
  // transaction.
  explicit DigestIndex(Database& database);

  // 0: there is no such row.
  struct Rows {
    std::int64_t event = 0;  // seq
    std::int64_t seen = 0;   // id

    bool operator==(const Rows&) const = default;
  };
  [[nodiscard]] Rows find(const Digest& digest);

  // Reads what else would be read bit by bit later. Takes up to some tenths of a second.
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
  Rows known_;                     // the last rows that are there or on pages
  Rows mark_;                      // the last rows that are on pages
  int levels_ = 0;                 // that have pages
  std::uint64_t transaction_ = 0;  // in which all this was up to date
  std::uint64_t undone_ = 0;       // transactions until then
  std::int64_t data_version_ = 0;  // as of then: other programs' commits change it
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
