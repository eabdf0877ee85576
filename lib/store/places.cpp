#include "lib/store/places.h"

#include <algorithm>
#include <vector>

namespace vtp {

Places::Places(Database& database)
    : database_(database),
      handler_(database, "SELECT seq FROM handler WHERE name = ?1"),
      upstream_(database, "SELECT digest FROM upstream WHERE name = ?1"),
      keep_handler_(database,
                    "INSERT INTO handler(name, seq) VALUES(?1, ?2) "
                    "ON CONFLICT(name) DO UPDATE SET seq = excluded.seq"),
      keep_upstream_(database,
                     "INSERT INTO upstream(name, digest) VALUES(?1, ?2) "
                     "ON CONFLICT(name) DO UPDATE SET digest = excluded.digest") {}

std::optional<Sequence> Places::handler(std::string_view name) {
  handler_.bind(1, name);
  std::optional<Sequence> place;
  if (handler_.step()) place = static_cast<Sequence>(handler_.number(0));
  handler_.reset();
  return place;
}

std::optional<Digest> Places::upstream(std::string_view name) {
  upstream_.bind(1, name);
  std::optional<Digest> place;
  if (upstream_.step()) place = upstream_.digest(0);
  upstream_.reset();
  return place;
}

void Places::keep(const NewPlaces& places) {
  for (const auto& [name, place] : places.handlers) {
    keep_handler_.bind(1, name);
    keep_handler_.bind(2, static_cast<std::int64_t>(place));
    keep_handler_.run();
  }
  for (const auto& [name, place] : places.upstreams) {
    keep_upstream_.bind(1, name);
    keep_upstream_.bind(2, place);
    keep_upstream_.run();
  }
}

void Places::forget_handlers_but(std::span<const std::string> names) {
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
