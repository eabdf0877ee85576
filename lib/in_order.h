// How far work is done that is begun in order and finished in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace vtp {

// Each piece of work has a place, such as an event's in a log or its digest. What a place is, is the
// caller's matter: they are not compared, but taken to be in the order in which they are begun. One
// thread.
template <class Place>
class InOrder {
 public:
  // Names a piece of work that was begun.
  using Turn = std::uint64_t;

  [[nodiscard]] Turn begin(Place place) {
    under_way_.push_back({std::move(place), false});
    return finished_ + under_way_.size() - 1;
  }

  // True if that brought reached() further. Each turn once at most: one that is never finished keeps
  // reached() where it is, for good.
  bool finish(Turn turn) {
    under_way_[turn - finished_].finished = true;
    bool further = false;
    for (; !under_way_.empty() && under_way_.front().finished; under_way_.pop_front()) {
      reached_ = std::move(under_way_.front().place);
      ++finished_;
      further = true;
    }
    return further;
  }

  // A place at which there is nothing to do.
  bool pass(Place place) { return finish(begin(std::move(place))); }

  // The last place up to which, with itself, everything is finished; nothing before the first.
  [[nodiscard]] const std::optional<Place>& reached() const { return reached_; }

  // How much is not finished, or is but waits for what was begun before.
  [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }

 private:
  struct Piece {
    Place place;
    bool finished;
  };

  std::deque<Piece> under_way_;
  Turn finished_ = 0;  // pieces that have left under_way_, whose first one has this turn
  std::optional<Place> reached_;
};

}  // namespace vtp
