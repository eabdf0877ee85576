// The cursors in a broker's database: of its handlers, in its own log; of its subscriptions to
// upstream brokers, in their events; and of the partitions that it reads. Each has a name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/store/database.h"
#include "lib/voevent/event.h"

namespace vtp {

// The sequence number of an event in the log, from 1. Events are numbered in the order in which
// they were accepted, without gaps, so that the difference of two numbers is a number of events.
using Sequence = std::uint64_t;

// By name. For a handler, the last event up to which it has finished all; for an upstream broker,
// the last event up to which all have been received; for a partition, the offset of the next message;
// and the same for the shared log of which the database is a copy (copied_log.h).
struct NewCursors {
  std::map<std::string, Sequence> handlers;
  std::map<std::string, Digest> upstreams;
  std::map<std::string, std::int64_t> partitions;
  std::optional<std::int64_t> shared_log = std::nullopt;

  [[nodiscard]] bool empty() const {
    return handlers.empty() && upstreams.empty() && partitions.empty() && !shared_log;
  }
};

// The tables handler, upstream and partition of a Database, and the cursor in shared_log. One thread at a time. All throw StoreError.
class CursorTable {
 public:
  // The database must live longer.
  explicit CursorTable(Database& database);

  // Nothing if the name has no cursor.
  [[nodiscard]] std::optional<Sequence> handler(std::string_view name);
  [[nodiscard]] std::optional<Digest> upstream(std::string_view name);

  // Those of the partitions whose names begin so, by the rest of their names.
  [[nodiscard]] std::map<std::string, std::int64_t> partitions(std::string_view prefix);

  // Replaces the cursors of these names. Part of the current transaction; without one, each is
  // written on its own.
  void keep(const NewCursors& cursors);

  // Forgets the cursors of all other handlers, in a transaction of its own if there are any.
  void forget_handlers_but(std::span<const std::string> names);

 private:
  Database& database_;
  Database::Statement handler_;
  Database::Statement upstream_;
  Database::Statement keep_handler_;
  Database::Statement keep_upstream_;
  Database::Statement keep_partition_;
  Database::Statement keep_shared_log_;
};

}  // namespace vtp
