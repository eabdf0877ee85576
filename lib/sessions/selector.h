// Reads the next events from the log for subscribers and applies their filters, on the worker
// beside the event loop that sends them.
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

#include "lib/filter/filter_set.h"
#include "lib/followers/log_cursor.h"
#include "lib/net/budget.h"
#include "lib/net/worker.h"
#include "lib/store/event_log.h"
#include "lib/vtp/resumption.h"

namespace vtp {

// The processor time that the filters of a subscriber may use per event, on average. A subscriber
// whose filters use more is limited to slowed_share of a processor, until they use less.
inline constexpr std::chrono::milliseconds filter_share{1};
inline constexpr double slowed_share = 0.5;

// Size of the cache of filter results, in bytes of events and results together: subscribers that
// keep up ask the same about the same events, one after another.
inline constexpr std::size_t matchers_size = 1024 * 1024;

// The selector's state for one subscriber. Held by a shared pointer, since a selection may outlive
// the session. Use cursor only while no selection is under way; the rest, except recall() and
// end(), belongs to the selector.
class Selection {
 public:
  explicit Selection(EventLog& events) : cursor(events) {}

  // Makes the current selection, if any, end soon. Any thread.
  void recall() { recalled_ = true; }

  // No more work is done for it: the current selection ends soon, later ones at once. Any thread.
  void end() { ended_ = true; }

  // Its filters use more than filter_share. Any thread.
  [[nodiscard]] bool is_slowed() const { return account_->is_limited(); }
  [[nodiscard]] const AccountPtr& account() const { return account_; }

  LogCursor cursor;  // past the events that were sent or filtered out

 private:
  friend class Selector;

  void note_cost(std::chrono::nanoseconds used, std::size_t events);

  AccountPtr account_ = std::make_shared<Account>();
  std::atomic<bool> recalled_{false};
  std::atomic<bool> ended_{false};
  std::chrono::nanoseconds cost_{0};  // per event, on average
};

using SelectionPtr = std::shared_ptr<Selection>;

// The result of a selection.
struct Selected {
  std::vector<LogEntry> entries;      // in order; the selection's cursor is past them
  std::vector<std::string> problems;  // lines for people, about filters
};

// Filters as a subscriber set them; nullptr: none, it gets all events.
using FilterSetPtr = std::shared_ptr<const FilterSet>;

struct Compiled {
  FilterSetPtr filters;
  bool no_memory = false;             // not enough memory for filters: no event may be sent
  std::vector<std::string> problems;  // as FilterSet::set
};

// For the coroutines of one event loop, one at a time per selection. All arguments must live
// longer.
class Selector {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // memory: the budget for filters and trees; nullptr: none. resume_wait: the longest time that
  // resume() waits for an event.
  Selector(Worker& worker, EventLog& events, MemoryBudget* memory = nullptr,
           std::chrono::milliseconds resume_wait = std::chrono::seconds(5));

  // Compiles filters, as FilterSet::set. required: the filter that all events must pass as well
  // (FilterSet::require); empty: none. The processor time is charged to the selection's account;
  // another selection may be under way for it.
  [[nodiscard]] asio::awaitable<Compiled> compile(SelectionPtr selection,
                                                  std::vector<std::string> texts,
                                                  std::string required = {});

  // As LogCursor::resume, but if the log does not know the subscriber's event, it catches up first,
  // for up to resume_wait, and then waits for the event for as long as the subscriber wishes. False
  // if it could not catch up: nobody knows whether the event is to come. Throws StoreError.
  [[nodiscard]] asio::awaitable<bool> resume(SelectionPtr selection, Resumption wish);

  // The next events that pass the filters, about `most_bytes`; returns without any when the cursor
  // is past all events of the log, after recall(), or at `until`. Throws StoreError.
  [[nodiscard]] asio::awaitable<Selected> select(SelectionPtr selection, FilterSetPtr filters,
                                                 std::size_t most_bytes, TimePoint until);

 private:
  // An event with its filter results.
  struct Asked {
    explicit Asked(const LogEntry& asked) : entry(asked), matcher(entry.event->bytes) {}
    [[nodiscard]] std::size_t bytes() const;

    LogEntry entry;
    EventMatcher matcher;
    std::size_t tree_bytes = 0;
  };
  class Search;
  struct HeldFilters;
  asio::awaitable<bool> try_to_resume(SelectionPtr selection, Resumption wish);

  Compiled compiled(const Selection& selection, const std::vector<std::string>& texts,
                    const std::string& required);
  bool matches(const LogEntry& entry, const FilterSet& filters, const EventMatcher::Report& report);
  Asked& asked_about(const LogEntry& entry);
  void forget_asked();
  void count_tree(Asked& asked);
  void drop_trees();

  Worker& worker_;
  EventLog& events_;
  MemoryBudget* const memory_;
  const std::chrono::milliseconds resume_wait_;
  // Used only by the worker.
  EventLog::Reader reader_;
  FilterPool pool_;
  std::unordered_map<Sequence, std::unique_ptr<Asked>> asked_;
  std::deque<Sequence> order_;   // the order in which they were asked about
  std::size_t asked_bytes_ = 0;  // as matchers_size counts them
  std::size_t tree_bytes_ = 0;
  MemoryBudget::Holder trees_;
};

}  // namespace vtp
