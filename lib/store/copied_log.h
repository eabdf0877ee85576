// Whether a database is a copy of a shared log: a topic that several brokers have as their log. A copy
// has the events of that topic, in its order, and none from elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/store/database.h"

namespace vtp {

struct CopiedLog {
  std::string cluster;    // its id
  std::string topic;      // its name
  std::int64_t next = 0;  // the offset of the next message; the copy has those before it
};

// What the database is a copy of; nothing if it is a plain one. Throws StoreError.
[[nodiscard]] std::optional<CopiedLog> find_copied_log(Database& database);

// Makes an empty database a copy of that topic; after that no program can mark events as seen in
// it. Returns the copy, also if it is one already. Throws StoreError if the database has had events,
// or is a copy of another topic or cluster.
[[nodiscard]] CopiedLog copy_log(Database& database, const std::string& cluster,
                                 const std::string& topic);

// Throws StoreError if the database is a copy. user: who would change it, such as "vodedup".
void refuse_copy(Database& database, const std::string& user);

}  // namespace vtp
