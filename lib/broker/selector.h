// Finds what comes next in the log for subscribers, and asks their filters: on a worker, beside the event
// loop that sends it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/broker/log_cursor.h"
#include "lib/filter/filter_set.h"
#include "lib/net/budget.h"
#include "lib/net/worker.h"
#include "lib/store/event_log.h"
#include "lib/vtp/resumption.h"

namespace vtp {

// What the filters of a subscriber may take of the processor for an event, on average. One whose filters
// take more is slowed down to slowed_share of a processor, until they take less.
inline constexpr std::chrono::milliseconds filter_share{1};
inline constexpr double slowed_share = 0.5;

// Events of which what filters say is remembered, in bytes of these and of that together: subscribers that
// keep up ask the same about the same events, one after another.
inline constexpr std::size_t matchers_size = 1024 * 1024;

// One subscriber, as a selector knows it. Held by a shared pointer, since a selection may outlive the
// session. cursor is for whoever has no selection under way; the rest, but for recall(), is the selector's.
class Selection {
 public:
  explicit Selection(EventLog& events) : cursor(events) {}

  // Makes the selection that is under way, if there is one, end soon. Any thread.
  void recall() { recalled_ = true; }

  // Nothing is done for it any more: what is under way ends soon, and what comes at once. Any thread.
  void end() { ended_ = true; }

  // Its filters take more than filter_share. Any thread.
  [[nodiscard]] bool is_slowed() const { return account_->is_limited(); }
  [[nodiscard]] const AccountPtr& account() const { return account_; }

  LogCursor cursor;  // behind what was sent, or not wanted

 private:
  friend class Selector;

  void note_cost(std::chrono::nanoseconds used, std::size_t events);

  AccountPtr account_ = std::make_shared<Account>();
  std::atomic<bool> recalled_{false};
  std::atomic<bool> ended_{false};
  std::chrono::nanoseconds cost_{0};  // of an event, on average
};

using SelectionPtr = std::shared_ptr<Selection>;

// What was selected.
struct Selected {
  std::vector<LogEntry> entries;      // in order; the selection's cursor is behind them
  std::vector<std::string> problems;  // lines for people, about filters
};

// Filters as a subscriber set them; nullptr: none, and so it wants everything.
using FilterSetPtr = std::shared_ptr<const FilterSet>;

struct Compiled {
  FilterSetPtr filters;
  bool no_memory = false;             // for them, and so there are none
  std::vector<std::string> problems;  // as FilterSet::set
};

// For the coroutines of one loop, one at a time for each selection. What it is given must live longer.
class Selector {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // memory: what filters and trees are taken out of; none: they are not counted.
  Selector(Worker& worker, EventLog& events, MemoryBudget* memory = nullptr);

  // The filters that these texts are, as FilterSet::set. What they take is put to the selection's account,
  // which may have another selection under way.
  [[nodiscard]] asio::awaitable<Compiled> compile(SelectionPtr selection,
                                                  std::vector<std::string> texts);

  // As LogCursor::resume. Throws StoreError.
  [[nodiscard]] asio::awaitable<void> resume(SelectionPtr selection, Resumption wish);

  // The events that come next and meet the filters, of about `most_bytes`; or none, when the cursor is
  // behind all that the log has, after recall(), or at `until`. Throws StoreError.
  [[nodiscard]] asio::awaitable<Selected> select(SelectionPtr selection, FilterSetPtr filters,
                                                 std::size_t most_bytes, TimePoint until);

 private:
  // An event, and what filters say of it.
  struct Asked {
    explicit Asked(const LogEntry& asked) : entry(asked), matcher(entry.event->bytes) {}
    [[nodiscard]] std::size_t bytes() const;

    LogEntry entry;
    EventMatcher matcher;
    std::size_t tree_bytes = 0;
  };
  class Search;
  struct HeldFilters;

  Compiled compiled(const Selection& selection, const std::vector<std::string>& texts);
  bool matches(const LogEntry& entry, const FilterSet& filters, const EventMatcher::Report& report);
  Asked& asked_about(const LogEntry& entry);
  void forget_asked();
  void count_tree(Asked& asked);
  void drop_trees();

  Worker& worker_;
  MemoryBudget* const memory_;
  // The worker's own.
  EventLog::Reader reader_;
  FilterPool pool_;
  std::unordered_map<Sequence, std::unique_ptr<Asked>> asked_;
  std::deque<Sequence> order_;   // in which they were asked about
  std::size_t asked_bytes_ = 0;  // as matchers_size counts them
  std::size_t tree_bytes_ = 0;
  MemoryBudget::Holder trees_;
};

}  // namespace vtp
