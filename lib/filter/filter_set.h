// The filters that subscribers have set, and what they say of an event: the same text is compiled
// once and evaluated once an event, on however many subscribers it is (vtp.md, Filtering).
//
// One thread at a time for a pool, with the sets that were made from it and the matchers that look
// at them; any number of pools in a process.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/base/result.h"
#include "lib/filter/filter.h"

namespace vtp {

inline constexpr std::size_t max_filters = 16;  // a subscriber

using FilterPtr = std::shared_ptr<Filter>;

// Gives the same filter for the same text, as long as somebody holds it: two pointers are the same
// only if the texts are. Forgets the others, so that it grows with what is held.
class FilterPool {
 public:
  // As Filter::compile.
  [[nodiscard]] Result<FilterPtr> get(std::string_view text);

  // Texts that it remembers, at most some twice as many as are held.
  [[nodiscard]] std::size_t size() const { return filters_.size(); }

 private:
  std::unordered_map<std::string, std::weak_ptr<Filter>> filters_;
  std::size_t clear_at_ = 32;
};

// What one subscriber has set. With none, it wants everything.
class FilterSet {
 public:
  // Replaces what was set before. Of more than max_filters texts the rest are ignored, and so is
  // what does not compile. If nothing is left, that is as none. Returns a line for people for each
  // that does not compile, and one for all the rest.
  [[nodiscard]] std::vector<std::string> set(const std::vector<std::string>& texts,
                                             FilterPool& pool);

  [[nodiscard]] const std::vector<FilterPtr>& filters() const { return filters_; }

 private:
  std::vector<FilterPtr> filters_;
};

// One event, for all subscribers. Parses it when the first filter has to be asked, and not before.
class EventMatcher {
 public:
  // Gets one line for people, without an end of line.
  using Report = std::function<void(const std::string& line)>;

  // The bytes, as for EventTree, must stay as long as the matcher.
  explicit EventMatcher(std::string_view bytes) : bytes_(bytes) {}

  // True if there are no filters, or at least one is positive. Asks them in their order, up to that
  // one. An event that cannot be parsed meets none. report: called once in the life of a filter, if
  // that exceeds a bound or fails.
  [[nodiscard]] bool matches(const FilterSet& subscriber, const Report& report);

  // How many filters were evaluated so far.
  [[nodiscard]] std::size_t evaluated() const { return known_.size(); }

  // Bytes that the tree takes, if there is one.
  [[nodiscard]] std::size_t tree_memory() const { return tree_ ? tree_->memory() : 0; }

  // Lets go of the tree; what filters said stays known.
  void drop_tree() { tree_.reset(); }

 private:
  // By their own identity, which is not used again as long as it stands here; the filters themselves go
  // when nobody else has them.
  using Known = std::map<std::weak_ptr<Filter>, bool, std::owner_less<>>;

  bool meets(const FilterPtr& filter, const Report& report);

  std::string_view bytes_;
  std::optional<EventTree> tree_;
  Known known_;
};

}  // namespace vtp
