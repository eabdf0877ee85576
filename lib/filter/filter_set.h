// The filters of all subscribers, and their results for an event: the same text is compiled once,
// and evaluated once per event, for any number of subscribers (vtp.md, Filtering).
//
// A pool, its sets and their matchers are for one thread at a time; a process may have any number
// of pools.
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

inline constexpr std::size_t max_filters = 16;  // per subscriber

using FilterPtr = std::shared_ptr<Filter>;

// Gives the same filter for the same text while it is in use: two pointers are equal only if the
// texts are. Forgets unused filters, so its size follows the number of filters in use.
class FilterPool {
 public:
  // As Filter::compile.
  [[nodiscard]] Result<FilterPtr> get(std::string_view text);

  // The number of remembered texts; at most about twice the number in use.
  [[nodiscard]] std::size_t size() const { return filters_.size(); }

 private:
  std::unordered_map<std::string, std::weak_ptr<Filter>> filters_;
  std::size_t clear_at_ = 32;
};

// The filters of one subscriber. Without any, it receives everything.
class FilterSet {
 public:
  // Replaces all filters. Texts beyond max_filters are ignored, and so are those that do not
  // compile. If none is left, there is no filter. Returns one line for each text that does not
  // compile, and one for all the texts beyond the limit.
  [[nodiscard]] std::vector<std::string> set(const std::vector<std::string>& texts,
                                             FilterPool& pool);

  // In addition, every event must pass this filter: the most that the subscriber may see. False if
  // it does not compile; then no event may be given.
  [[nodiscard]] bool require(std::string_view text, FilterPool& pool);

  [[nodiscard]] const std::vector<FilterPtr>& filters() const { return filters_; }
  [[nodiscard]] const FilterPtr& required() const { return required_; }

 private:
  std::vector<FilterPtr> filters_;
  FilterPtr required_;  // nullptr: none
};

// One event, for all subscribers. Parses it when the first filter must be evaluated.
class EventMatcher {
 public:
  // Receives one line of diagnostics, without an end of line.
  using Report = std::function<void(const std::string& line)>;

  // bytes: as for EventTree; they must outlive the matcher.
  explicit EventMatcher(std::string_view bytes) : bytes_(bytes) {}

  // True if there are no filters, or at least one is positive, and the required one too, if any.
  // Evaluates the required one, and then the others in order, up to that one. An event that cannot be parsed matches none. report: called at most once for each filter,
  // if it exceeds a limit or fails.
  [[nodiscard]] bool matches(const FilterSet& subscriber, const Report& report);

  // The number of filters evaluated so far.
  [[nodiscard]] std::size_t evaluated() const { return known_.size(); }

  // The memory that the tree uses, in bytes; 0 if there is none.
  [[nodiscard]] std::size_t tree_memory() const { return tree_ ? tree_->memory() : 0; }

  // Frees the tree; keeps the results.
  void drop_tree() { tree_.reset(); }

 private:
  // Keyed by the filter's identity (its control block), which is not reused while it is in the map.
  // The filters themselves are freed when nothing else uses them.
  using Known = std::map<std::weak_ptr<Filter>, bool, std::owner_less<>>;

  bool meets(const FilterPtr& filter, const Report& report);

  std::string_view bytes_;
  std::optional<EventTree> tree_;
  Known known_;
};

}  // namespace vtp
