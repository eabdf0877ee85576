// Writes the tables of the archive's index (store/database_version.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/archive/facts.h"
#include "lib/store/cursors.h"
#include "lib/store/database.h"

namespace vtp {

// An event for the index.
struct Described {
  Sequence seq = 0;
  std::int64_t received = 0;  // microseconds since 1970
  Facts facts;
};

// One thread. The database, whose tables have the latest version, must live longer. Throws
// StoreError.
class IndexWriter {
 public:
  explicit IndexWriter(Database& database);

  // The index has the events of the log up to this one.
  [[nodiscard]] Sequence cursor();

  // Adds events, and moves the cursor there, in one transaction.
  void add(const std::vector<Described>& events, Sequence cursor);

  // Removes up to `most` events that the log has forgotten, or of which it has no bytes any more, in
  // one transaction. Looks at the earliest ones and, if none of these is gone, at some others: events
  // may be forgotten in another order after the clock was set back (received.h), and people may
  // delete a damaged one. True if it has removed some.
  bool remove_forgotten(std::size_t most);

 private:
  void add_one(const Described& event);
  void remove_one(std::int64_t seq);
  std::vector<std::int64_t> forgotten(std::size_t most);
  std::vector<std::int64_t> gone_elsewhere(std::size_t most);

  Database& database_;
  std::int64_t looked_until_ = 0;  // among the others
  Database::Statement read_cursor_;
  Database::Statement write_cursor_;
  Database::Statement add_event_;
  Database::Statement add_place_;
  Database::Statement add_cited_;
  Database::Statement add_concept_;
  Database::Statement earliest_;
  Database::Statement others_;
  Database::Statement remove_event_;
  Database::Statement remove_place_;
  Database::Statement remove_cited_;
  Database::Statement remove_concept_;
};

}  // namespace vtp
