// Tracks how far work is complete that begins in order and finishes in any order.
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

// Each piece of work has a position, such as a sequence number in the log, or a digest. The caller
// chooses what a position is: positions are not compared; their order is the order in which the
// pieces begin. One thread.
template <class Position>
class InOrder {
 public:
  // Identifies a piece of work that has begun.
  using Turn = std::uint64_t;

  [[nodiscard]] Turn begin(Position position) {
    under_way_.push_back({std::move(position), false});
    return finished_ + under_way_.size() - 1;
  }

  // Returns true if reached() moved. Only the first call for a turn counts. A piece that never
  // finishes keeps reached() where it is forever.
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

  // Instead of finish(), for a piece that failed and must be repeated: reached() moves neither for
  // it nor for any piece that begins after it, until nothing is under way. All of those must be
  // repeated.
  void drop(Turn turn) {
    if (turn < finished_ || under_way_[turn - finished_].finished) return;
    dropped_ = std::min(dropped_, turn);
    finish(turn);
  }

  // For a position at which there is nothing to do: begins and finishes it.
  bool pass(Position position) { return finish(begin(std::move(position))); }

  // The last position up to which everything is finished, that position included; nothing if there
  // is none yet.
  [[nodiscard]] const std::optional<Position>& reached() const { return reached_; }

  // Number of pieces that are not finished, or are finished but wait for one that began earlier.
  [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }

 private:
  struct Piece {
    Position position;
    bool finished;
  };

  std::deque<Piece> under_way_;
  static constexpr Turn none = std::numeric_limits<Turn>::max();
  Turn dropped_ = none;  // pieces from this one on do not count, until nothing is under way
  Turn finished_ = 0;    // number of pieces removed from under_way_; the turn of its first one
  std::optional<Position> reached_;
};

// Begins a piece of work. The destructor drops it unless finish() or keep() was called before;
// keep() is for a piece that is finished later by its turn.
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
