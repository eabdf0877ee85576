// How far others have come: a broker's handlers in its log, and we in the events of the brokers
// upstream. Each is known by a name.
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

// An event's position in the log, from 1. Events are in the order in which they were accepted; none is
// passed over, so that the difference of two positions is the number of events from one to the other.
using Sequence = std::uint64_t;

// By name: of each handler the last event up to which it has finished all, and of each broker upstream
// the last event up to which we have all.
struct NewCursors {
  std::map<std::string, Sequence> handlers;
  std::map<std::string, Digest> upstreams;

  [[nodiscard]] bool empty() const { return handlers.empty() && upstreams.empty(); }
};

// The tables handler and upstream of a Database. One thread at a time. All throw StoreError.
class CursorTable {
 public:
  // The database must live longer.
  explicit CursorTable(Database& database);

  // Nothing where that name has none.
  [[nodiscard]] std::optional<Sequence> handler(std::string_view name);
  [[nodiscard]] std::optional<Digest> upstream(std::string_view name);

  // In place of those that the names had. A part of the transaction that is under way, or else each by
  // itself.
  void keep(const NewCursors& cursors);

  // Forgets the cursors of all handlers but these, in a transaction of its own if any.
  void forget_handlers_but(std::span<const std::string> names);

 private:
  Database& database_;
  Database::Statement handler_;
  Database::Statement upstream_;
  Database::Statement keep_handler_;
  Database::Statement keep_upstream_;
};

}  // namespace vtp
