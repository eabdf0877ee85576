// The events of a part of the log that fulfil criteria, page by page along the log: from the index,
// or from the events themselves. Between two pages no statement is open, so that whoever takes long
// over a page holds up nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/archive/criteria.h"
#include "lib/archive/facts.h"
#include "lib/store/database.h"

namespace vtp {

// A part of the log, by sequence numbers; both ends belong to it. Events before `sure_from` may be
// missing in the log though they are in the index.
struct Part {
  std::int64_t first = 1;
  std::int64_t last = 0;
  std::int64_t sure_from = 1;
};

enum class Along { forward, backward };

// The database and the criteria must live longer. One thread. Throws StoreError.
class Matches {
 public:
  virtual ~Matches() = default;

  // The matches among the next events; false at the end. May be empty.
  [[nodiscard]] virtual bool next(std::vector<Match>& page) = 0;
};

// All events of the part must be in the index.
[[nodiscard]] std::unique_ptr<Matches> indexed_matches(Database& database, const Criteria& criteria,
                                                       Part part, Along along);

// Reads and parses each event of the part that has bytes. reader: must live longer.
[[nodiscard]] std::unique_ptr<Matches> parsed_matches(Database& database, const Criteria& criteria,
                                                      Part part, Along along, FactsReader& reader);

}  // namespace vtp
