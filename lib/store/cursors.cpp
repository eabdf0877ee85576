#include "lib/store/cursors.h"

#include <algorithm>
#include <vector>

namespace vtp {

CursorTable::CursorTable(Database& database)
    : database_(database),
      handler_(database, "SELECT seq FROM handler WHERE name = ?1"),
      upstream_(database, "SELECT digest FROM upstream WHERE name = ?1"),
      keep_handler_(database,
                    "INSERT INTO handler(name, seq) VALUES(?1, ?2) "
                    "ON CONFLICT(name) DO UPDATE SET seq = excluded.seq"),
      keep_upstream_(database,
                     "INSERT INTO upstream(name, digest) VALUES(?1, ?2) "
                     "ON CONFLICT(name) DO UPDATE SET digest = excluded.digest"),
      keep_partition_(database,
                      "INSERT INTO partition(name, next) VALUES(?1, ?2) "
                      "ON CONFLICT(name) DO UPDATE SET next = excluded.next"),
      keep_shared_log_(database, "UPDATE shared_log SET next = ?1") {}

std::optional<Sequence> CursorTable::handler(std::string_view name) {
  handler_.bind(1, name);
  std::optional<Sequence> cursor;
  if (handler_.step()) cursor = static_cast<Sequence>(handler_.number(0));
  handler_.reset();
  return cursor;
}

std::optional<Digest> CursorTable::upstream(std::string_view name) {
  upstream_.bind(1, name);
  std::optional<Digest> cursor;
  if (upstream_.step()) cursor = upstream_.digest(0);
  upstream_.reset();
  return cursor;
}

std::map<std::string, std::int64_t> CursorTable::partitions(std::string_view prefix) {
  std::map<std::string, std::int64_t> cursors;
  Database::Statement all(database_, "SELECT name, next FROM partition");
  while (all.step())
    if (const std::string_view name = all.bytes(0); name.starts_with(prefix))
      cursors[std::string(name.substr(prefix.size()))] = all.number(1);
  return cursors;
}

void CursorTable::keep(const NewCursors& cursors) {
  for (const auto& [name, cursor] : cursors.handlers) {
    keep_handler_.bind(1, name);
    keep_handler_.bind(2, static_cast<std::int64_t>(cursor));
    keep_handler_.run();
  }
  for (const auto& [name, cursor] : cursors.upstreams) {
    keep_upstream_.bind(1, name);
    keep_upstream_.bind(2, cursor);
    keep_upstream_.run();
  }
  for (const auto& [name, next] : cursors.partitions) {
    keep_partition_.bind(1, name);
    keep_partition_.bind(2, next);
    keep_partition_.run();
  }
  if (cursors.shared_log) {
    keep_shared_log_.bind(1, *cursors.shared_log);
    keep_shared_log_.run();
  }
}

void CursorTable::forget_handlers_but(std::span<const std::string> names) {
  std::vector<std::string> others;
  Database::Statement all(database_, "SELECT name FROM handler");
  while (all.step()) {
    std::string name(all.bytes(0));
    if (std::ranges::find(names, name) == names.end()) others.push_back(std::move(name));
  }
  if (others.empty()) return;
  Database::Transaction transaction(database_);
  Database::Statement forget(database_, "DELETE FROM handler WHERE name = ?1");
  for (const std::string& name : others) {
    forget.bind(1, name);
    forget.run();
  }
  transaction.commit();
}

}  // namespace vtp
