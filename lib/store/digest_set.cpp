#include "lib/store/digest_set.h"

#include <cassert>
#include <utility>

#include "lib/store/copied_log.h"

namespace vtp {
namespace {

constexpr std::size_t forget_step = 500;  // keys in one transaction; limits how long others wait

}  // namespace

DigestSet::DigestSet(const std::string& path, std::chrono::days keep, const Clock& clock)
    : keep_(keep),
      clock_(clock),
      database_(path, Sync::normal),
      index_(database_),
      seen_(database_, index_),
      clock_check_(database_) {
  refuse_copy(database_, "vodedup");
  Database::Transaction transaction(database_);
  seen_.end_dead_claims();
  transaction.commit();
}

std::vector<Standing> DigestSet::claim(std::span<const EventKeys> events) {
  assert(2 * events.size() <= largest_claim);
  return add_fresh(events, true);
}

std::vector<Standing> DigestSet::remember(std::span<const EventKeys> events) {
  return add_fresh(events, false);
}

std::vector<Standing> DigestSet::add_fresh(std::span<const EventKeys> events, bool claimed) {
  std::vector<Standing> standings;
  standings.reserve(events.size());
  const Time now = clock_.now();
  Database::Transaction transaction(database_);
  confirm();
  const Claim claim = claimed ? seen_.begin_claim() : 0;
  for (const EventKeys& event : events) {
    standings.push_back(standing(event));
    if (standings.back() != Standing::fresh) continue;
    seen_.add(event.digest, now, claim);
    if (event.ivorn) seen_.add(*event.ivorn, now, claim);
  }
  transaction.commit();
  if (claimed) claim_ = claim;
  return standings;
}

Standing DigestSet::standing(const EventKeys& event) {
  const DigestIndex::Rows rows = index_.find(event.digest);
  if (rows.event != 0) return Standing::seen;
  const Standing by_digest = seen_.standing(rows.seen);
  if (!event.ivorn || by_digest == Standing::seen) return by_digest;
  const Standing by_ivorn = seen_.standing(*event.ivorn);
  return by_ivorn == Standing::fresh ? by_digest : by_ivorn;
}

void DigestSet::confirm() {
  if (!claim_) return;
  seen_.confirm(*claim_);
  claim_.reset();
}

void DigestSet::release(std::span<const EventKeys> events) {
  Database::Transaction transaction(database_);
  for (const EventKeys& event : events) {
    seen_.remove(event.digest);
    if (event.ivorn) seen_.remove(*event.ivorn);
  }
  transaction.commit();
}

bool DigestSet::forget_some() {
  const Time now = clock_.now();
  if (clock_check_.doubt(now)) return false;
  Database::Transaction transaction(database_);
  const std::size_t forgotten = seen_.forget(now - keep_, forget_step);
  transaction.commit();
  return forgotten == forget_step;
}

}  // namespace vtp
