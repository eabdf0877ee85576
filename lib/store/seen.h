// What was passed, remembered without its bytes, so that of all programs that share a database
// exactly one passes an event.
//
// A program claims an event before it passes it, writes it out, and then confirms the claim.
// Nothing is locked meanwhile, however long the writing takes: a claim is a row, and is valid as
// long as its owner is alive. If the owner dies while it writes, its claim no longer counts, and
// the event passes when it comes again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/store/database.h"
#include "lib/store/digest_index.h"
#include "lib/store/owner_lock.h"
#include "lib/voevent/event.h"

namespace vtp {

// The key of an ivorn. An event is remembered by the digest of its bytes or by this key; the two
// never coincide.
[[nodiscard]] Digest key_of_ivorn(std::string_view ivorn);

enum class Standing {
  fresh,   // no program has passed it
  seen,    // a program has passed it, or this one has claimed it
  claimed  // another program that is alive has claimed it: ask again later
};

// Identifies a claim; 0 means none: a key added with it counts at once.
using Claim = std::int64_t;

// The most keys that may be added under one claim.
inline constexpr std::size_t largest_claim = 1000;

// The tables of keys and claims. All calls are made within a transaction on the database, which
// must live longer. One thread. Throws StoreError.
class SeenTable {
 public:
  // The locks of the claims' owners are in a file beside the database, named with -claims appended.
  // index: of that database; it must live longer too.
  SeenTable(Database& database, DigestIndex& index);

  [[nodiscard]] Standing standing(const Digest& key);

  // The same for the row with that id; 0, no row, is fresh.
  [[nodiscard]] Standing standing(std::int64_t id);

  // Begins a claim, adds a fresh key under it, and removes a key again. All keys of a claim are
  // added in the transaction that begins it.
  [[nodiscard]] Claim begin_claim();
  void add(const Digest& key, Time at, Claim claim);
  void remove(const Digest& key);

  // The keys that are left under that claim count from now on.
  void confirm(Claim claim);

  // Ends the claims of owners that are not alive, and removes their keys.
  void end_dead_claims();

  // Forgets up to `most` of the keys added before `before`, and returns how many. Keys are
  // forgotten in the order in which they were added: one that follows a newer one, because the
  // clock was set back, stays until the newer one is forgotten.
  [[nodiscard]] std::size_t forget(Time before, std::size_t most);

 private:
  bool is_dead(Owner owner);
  void end(Claim claim, std::int64_t first);

  Database& database_;
  DigestIndex& index_;
  OwnerLocks locks_;
  Owner self_ = 0;  // set with the first claim
  Database::Statement find_;
  Database::Statement find_claim_;
  Database::Statement claims_;
  Database::Statement begin_;
  Database::Statement add_;
  Database::Statement remove_;
  Database::Statement confirm_;
  Database::Statement take_back_;
  Database::Statement forget_;
};

}  // namespace vtp
