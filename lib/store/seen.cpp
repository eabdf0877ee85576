#include "lib/store/seen.h"

#include <system_error>
#include <utility>
#include <vector>

namespace vtp {

Digest key_of_ivorn(std::string_view ivorn) {
  // No document begins with this.
  return digest_of(std::string("ivorn ") + std::string(ivorn));
}

SeenTable::SeenTable(Database& database, DigestIndex& index)
    : database_(database),
      index_(index),
      locks_(lock_path(database.file())),
      find_(database, "SELECT claim FROM seen WHERE id = ?1"),
      find_claim_(database, "SELECT owner, first FROM claim WHERE id = ?1"),
      claims_(database, "SELECT id, owner, first FROM claim"),
      begin_(database,
             "INSERT INTO claim(owner, first) SELECT ?1, coalesce(max(seq), 0) + 1 "
             "FROM sqlite_sequence WHERE name = 'seen'"),
      add_(database, "INSERT INTO seen(key, at, claim) VALUES(?1, ?2, ?3)"),
      remove_(database, "DELETE FROM seen WHERE id = ?1"),
      confirm_(database, "DELETE FROM claim WHERE id = ?1"),
      take_back_(database, "DELETE FROM seen WHERE id >= ?2 AND id < ?2 + ?3 AND claim = ?1"),
      forget_(
          database,
          "DELETE FROM seen WHERE at < ?1 AND id IN (SELECT id FROM seen ORDER BY id LIMIT ?2)") {}

Standing SeenTable::standing(const Digest& key) { return standing(index_.find(key).seen); }

Standing SeenTable::standing(std::int64_t id) {
  if (id == 0) return Standing::fresh;
  find_.bind(1, id);
  if (!find_.step()) return Standing::fresh;
  const Claim claim = find_.number(0);
  find_.reset();
  if (claim == 0) return Standing::seen;
  find_claim_.bind(1, claim);
  if (!find_claim_.step()) return Standing::seen;
  const Owner owner = find_claim_.number(0);
  const std::int64_t first = find_claim_.number(1);
  find_claim_.reset();
  if (owner == self_) return Standing::seen;
  if (!is_dead(owner)) return Standing::claimed;
  end(claim, first);
  return Standing::fresh;
}

Claim SeenTable::begin_claim() {
  try {
    if (self_ == 0) self_ = locks_.take();
  } catch (const std::system_error& error) {
    throw StoreError(error.what());
  }
  begin_.bind(1, self_);
  begin_.run();
  return database_.last_row();
}

void SeenTable::add(const Digest& key, Time at, Claim claim) {
  add_.bind(1, key);
  add_.bind(2, at.time_since_epoch().count());
  add_.bind(3, claim);
  add_.run();
  index_.add_seen(key, database_.last_row());
}

void SeenTable::remove(const Digest& key) {
  remove_.bind(1, index_.find(key).seen);
  remove_.run();
}

void SeenTable::confirm(Claim claim) {
  confirm_.bind(1, claim);
  confirm_.run();
}

void SeenTable::end_dead_claims() {
  std::vector<std::pair<Claim, std::int64_t>> dead;
  while (claims_.step())
    if (claims_.number(1) != self_ && is_dead(claims_.number(1)))
      dead.emplace_back(claims_.number(0), claims_.number(2));
  for (const auto& [claim, first] : dead)
    end(claim, first);
}

std::size_t SeenTable::forget(Time before, std::size_t most) {
  forget_.bind(1, before.time_since_epoch().count());
  forget_.bind(2, static_cast<std::int64_t>(most));
  forget_.run();
  return static_cast<std::size_t>(database_.changes());
}

bool SeenTable::is_dead(Owner owner) {
  try {
    return !locks_.alive(owner);
  } catch (const std::system_error& error) {
    throw StoreError(error.what());
  }
}

void SeenTable::end(Claim claim, std::int64_t first) {
  take_back_.bind(1, claim);
  take_back_.bind(2, first);
  take_back_.bind(3, static_cast<std::int64_t>(largest_claim));
  take_back_.run();
  confirm(claim);
}

}  // namespace vtp
