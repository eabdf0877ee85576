#include "lib/filter/filter_set.h"

#include <algorithm>

#include <fmt/format.h>

namespace vtp {
namespace {

// The filter's text for a message; a long one is cut.
std::string named(std::string_view text) {
  constexpr std::size_t most = 200;
  if (text.size() <= most) return fmt::format("filter {}", text);
  return fmt::format("filter {}… ({} bytes)", text.substr(0, most), text.size());
}

}  // namespace

Result<FilterPtr> FilterPool::get(std::string_view text) {
  std::string key(text.substr(0, max_filter_size + 1));
  if (const auto found = filters_.find(key); found != filters_.end()) {
    if (FilterPtr held = found->second.lock()) return held;
  }
  auto compiled = Filter::compile(key);
  if (!compiled) return compiled;
  if (filters_.size() >= clear_at_) {
    std::erase_if(filters_, [](const auto& entry) { return entry.second.expired(); });
    clear_at_ = std::max<std::size_t>(32, 2 * filters_.size());
  }
  filters_[std::move(key)] = *compiled;
  return compiled;
}

std::vector<std::string> FilterSet::set(const std::vector<std::string>& texts, FilterPool& pool) {
  std::vector<FilterPtr> filters;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(texts.size(), max_filters); ++i) {
    const auto filter = pool.get(texts[i]);
    if (!filter) {
      lines.push_back(fmt::format("{} is ignored: {}", named(texts[i]), filter.problem()));
    } else if (std::find(filters.begin(), filters.end(), *filter) == filters.end()) {
      filters.push_back(*filter);
    }
  }
  if (texts.size() > max_filters)
    lines.push_back(fmt::format("{} filters are ignored: a subscriber may set at most {}",
                                texts.size() - max_filters, max_filters));
  filters_ = std::move(filters);
  return lines;
}

bool FilterSet::require(std::string_view text, FilterPool& pool) {
  const auto filter = pool.get(text);
  required_ = filter ? *filter : nullptr;
  return required_ != nullptr;
}

bool EventMatcher::matches(const FilterSet& subscriber, const Report& report) {
  if (subscriber.required() && !meets(subscriber.required(), report)) return false;
  const auto& filters = subscriber.filters();
  return filters.empty() || std::ranges::any_of(filters, [&](const FilterPtr& filter) {
           return meets(filter, report);
         });
}

bool EventMatcher::meets(const FilterPtr& filter, const Report& report) {
  if (const auto known = known_.find(filter); known != known_.end()) return known->second;
  if (!tree_) tree_.emplace(bytes_);
  const FilterOutcome outcome = tree_->evaluate(*filter);
  if (!outcome.trouble.empty() && filter->first_trouble() && report)
    report(
        fmt::format("{} {}, and counts as not matching", named(filter->text()), outcome.trouble));
  known_.emplace(filter, outcome.positive);
  return outcome.positive;
}

}  // namespace vtp
