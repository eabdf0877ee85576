// What was let through, remembered without its bytes, so that any number of programs that share a
// database let an event through once between them.
//
// Whoever wants to let an event through claims it, writes it out, and then confirms that. Nothing is
// locked meanwhile, however long the writing takes: a claim is a row, and it holds as long as its
// owner is alive. An owner that dies while it writes leaves nothing behind that counts, so that the
// event passes when it comes again.
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

// An event is remembered by the digest of its bytes, or by this one of its ivorn; the two never
// meet.
[[nodiscard]] Digest key_of_ivorn(std::string_view ivorn);

enum class Standing {
  fresh,   // nobody has let it through
  seen,    // somebody has, or is ourselves about to
  claimed  // somebody else, who is alive, is about to: ask again
};

// Names a claim; 0 is none, and what is added under it counts at once.
using Claim = std::int64_t;

// Keys that may be added under one claim.
inline constexpr std::size_t largest_claim = 1000;

// The tables of such keys and claims. All of it is for whoever has a transaction under way on the
// database, which must live longer. One thread. Throws StoreError.
class SeenTable {
 public:
  // The locks of those who claim are in a file beside the database's, with -claims behind its name.
  // index: of that database; it must live longer too.
  SeenTable(Database& database, DigestIndex& index);

  [[nodiscard]] Standing standing(const Digest& key);

  // The same of the row with that id; 0, none, is fresh.
  [[nodiscard]] Standing standing(std::int64_t id);

  // Begins a claim, and adds a fresh key under it, or takes it back. All keys of a claim are added
  // in the transaction that begins it.
  [[nodiscard]] Claim begin_claim();
  void add(const Digest& key, Time at, Claim claim);
  void remove(const Digest& key);

  // What is left under that claim counts from now on.
  void confirm(Claim claim);

  // Ends the claims of those who have died, and takes their keys back.
  void end_dead_claims();

  // Forgets up to `most` of the keys added before `before`, and returns how many there were. What
  // was added after one that is not so old stays until that goes, as happens when a clock is set
  // back.
  [[nodiscard]] std::size_t forget(Time before, std::size_t most);

 private:
  bool is_dead(Owner owner);
  void end(Claim claim, std::int64_t first);

  Database& database_;
  DigestIndex& index_;
  OwnerLocks locks_;
  Owner self_ = 0;  // once we have claimed something
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
