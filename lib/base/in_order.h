// How far work is done that is begun in order and finished in any order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace vtp {

// Each piece of work has a position, such as an event's in a log or its digest. What a position is, is the
// caller's matter: they are not compared, but taken to be in the order in which they are begun. One
// thread.
template <class Position>
class InOrder {
 public:
  // Names a piece of work that was begun.
  using Turn = std::uint64_t;

  [[nodiscard]] Turn begin(Position position) {
    under_way_.push_back({std::move(position), false});
    return finished_ + under_way_.size() - 1;
  }

  // True if that brought reached() further; of several for one turn only the first counts. One that is never
  // finished keeps reached() where it is, for good.
  bool finish(Turn turn) {
    if (turn < finished_ || under_way_[turn - finished_].finished) return false;
    under_way_[turn - finished_].finished = true;
    bool further = false;
    for (; !under_way_.empty() && under_way_.front().finished; under_way_.pop_front()) {
      if (finished_ < dropped_) {
        reached_ = std::move(under_way_.front().position);
        further = true;
      }
      ++finished_;
    }
    if (under_way_.empty()) dropped_ = none;
    return further;
  }

  // In place of finish(), for a piece that failed and is to come again: neither it nor what was begun behind
  // it, until nothing is under way, brings reached() further. All of that is to come again.
  void drop(Turn turn) {
    if (turn < finished_ || under_way_[turn - finished_].finished) return;
    dropped_ = std::min(dropped_, turn);
    finish(turn);
  }

  // A position at which there is nothing to do.
  bool pass(Position position) { return finish(begin(std::move(position))); }

  // The last position up to which, with itself, everything is finished; nothing before the first.
  [[nodiscard]] const std::optional<Position>& reached() const { return reached_; }

  // How much is not finished, or is but waits for what was begun before.
  [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }

 private:
  struct Piece {
    Position position;
    bool finished;
  };

  std::deque<Piece> under_way_;
  static constexpr Turn none = std::numeric_limits<Turn>::max();
  Turn dropped_ = none;  // from this piece on, as long as any is under way
  Turn finished_ = 0;    // pieces that have left under_way_, whose first one has this turn
  std::optional<Position> reached_;
};

// Begins a piece of work, and drops it unless it is finished, or kept to be finished later, before this goes,
// however the work ends.
template <class Position>
class PieceOfWork {
 public:
  PieceOfWork(std::shared_ptr<InOrder<Position>> order, Position position)
      : order_(std::move(order)), turn_(order_->begin(std::move(position))) {}
  ~PieceOfWork() {
    if (!kept_) order_->drop(turn_);
  }
  PieceOfWork(const PieceOfWork&) = delete;
  PieceOfWork& operator=(const PieceOfWork&) = delete;

  [[nodiscard]] typename InOrder<Position>::Turn turn() const { return turn_; }
  bool finish() { return order_->finish(turn_); }
  void keep() { kept_ = true; }

 private:
  std::shared_ptr<InOrder<Position>> order_;
  typename InOrder<Position>::Turn turn_;
  bool kept_ = false;
};

}  // namespace vtp
