#include "lib/net/budget.h"

#include <utility>

namespace vtp {

using std::chrono::steady_clock;

bool MemoryBudget::take(std::size_t bytes, std::size_t most) {
  std::size_t used = used_;
  do {
    if (used + bytes > most) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

// Drops a holder, unless enough are being released already.
void MemoryBudget::make_room(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (leaving_ >= bytes) return;
  Holder* const holder = next_to_go();
  if (holder == nullptr) return;
  holder->dropped_ = true;
  holder->leaving_ = holder->held_;
  leaving_ += holder->leaving_;
  holder->drop_();
}

MemoryBudget::Holder* MemoryBudget::next_to_go() {
  const auto moved_before = steady_clock::now() - stalled_after;
  Holder* stalled = nullptr;
  Holder* newest = nullptr;
  for (Holder* const holder : large_) {
    if (holder->dropped_) continue;
    const auto moved_on = holder->moved_on_.load();
    if (moved_on < moved_before && (!stalled || moved_on < stalled->moved_on_.load()))
      stalled = holder;
    if (!newest || holder->number_ > newest->number_) newest = holder;
  }
  return stalled ? stalled : newest;
}

MemoryBudget::Holder::Holder(MemoryBudget* budget, std::function<void()> drop)
    : budget_(budget), drop_(std::move(drop)) {}

MemoryBudget::Holder::~Holder() { hold(0); }

bool MemoryBudget::Holder::try_hold(std::size_t bytes) {
  if (budget_ == nullptr || bytes <= held_) {
    hold(bytes);
    return true;
  }
  const std::size_t most = bytes <= small ? budget_->limit_ : budget_->most_for_large();
  if (dropped_) return false;
  if (!budget_->take(bytes - held_, most)) {
    budget_->make_room(bytes - held_);
    return false;
  }
  note(bytes);
  return true;
}

void MemoryBudget::Holder::hold(std::size_t bytes) {
  if (budget_ == nullptr || bytes == held_) return;
  budget_->used_ += bytes - held_;  // correct for less, too: unsigned numbers wrap
  note(bytes);
}

// Updates the set of holders that can be dropped.
void MemoryBudget::Holder::note(std::size_t bytes) {
  const bool was_large = held_ > small;
  const bool is_large = bytes > small;
  held_ = bytes;
  if (!drop_ || was_large == is_large) return;
  moved_on_ = steady_clock::now();
  moved_ = 0;
  const std::lock_guard lock(budget_->mutex_);
  if (is_large) {
    number_ = ++budget_->begun_;
    budget_->large_.insert(this);
  } else {
    budget_->large_.erase(this);
    budget_->leaving_ -= std::exchange(leaving_, 0);
    dropped_ = false;
  }
}

void MemoryBudget::Holder::progress(std::size_t bytes) {
  if (held_ <= small) return;
  moved_ += bytes;
  if (moved_ < least_progress) return;
  moved_ = 0;
  moved_on_ = steady_clock::now();
}

}  // namespace vtp
