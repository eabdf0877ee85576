#include "lib/sessions/selector.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t known_size = 80;          // bytes of one filter's result, approximately
constexpr std::size_t large_event = 64 * 1024;  // its tree is not kept for another subscriber
constexpr std::size_t enough_events = 20;       // events for an average of the cost

nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

}  // namespace

// A moving average over about enough_events: one unusual event slows no subscriber down.
void Selection::note_cost(nanoseconds used, std::size_t events) {
  const auto weight = static_cast<nanoseconds::rep>(std::min(events, enough_events));
  constexpr auto whole = static_cast<nanoseconds::rep>(enough_events);
  const nanoseconds each = used / static_cast<nanoseconds::rep>(events);
  cost_ = (cost_ * (whole - weight) + each * weight) / whole;
  const bool costly = cost_ > filter_share;
  if (costly != account_->is_limited()) account_->limit_to(costly ? slowed_share : 1);
}

Selector::Selector(Worker& worker, EventLog& events, MemoryBudget* memory,
                   std::chrono::milliseconds resume_wait)
    : worker_(worker),
      events_(events),
      memory_(memory),
      resume_wait_(resume_wait),
      reader_(events),
      trees_(memory) {
  worker_.on_idle([this] { drop_trees(); });
}

asio::awaitable<Compiled> Selector::compile(SelectionPtr selection, std::vector<std::string> texts,
                                            std::string required) {
  auto step = [this, selection, texts = std::move(texts), required = std::move(required)](
                  const Slice&) { return std::optional(compiled(*selection, texts, required)); };
  co_return co_await worker_.run(selection->account(), std::move(step));
}

// Filters and their memory in the budget. Filters that several subscribers share count for each.
struct Selector::HeldFilters {
  explicit HeldFilters(MemoryBudget* budget) : memory(budget) {}

  FilterSet filters;
  MemoryBudget::Holder memory;
};

Compiled Selector::compiled(const Selection& selection, const std::vector<std::string>& texts,
                            const std::string& required) {
  Compiled compiled;
  if (selection.ended_) return compiled;
  const auto held = std::make_shared<HeldFilters>(memory_);
  compiled.problems = held->filters.set(texts, pool_);
  // Compiled before, when the peers file was read: only memory can be lacking.
  const bool is_limited = !required.empty();
  const bool fails = is_limited && !held->filters.require(required, pool_);
  std::size_t bytes = held->filters.required() ? held->filters.required()->memory() : 0;
  for (const FilterPtr& filter : held->filters.filters())
    bytes += filter->memory();
  compiled.no_memory = fails || !held->memory.try_hold(bytes);
  if (!compiled.no_memory && (is_limited || !held->filters.filters().empty()))
    compiled.filters = FilterSetPtr(held, &held->filters);
  return compiled;
}

asio::awaitable<bool> Selector::resume(SelectionPtr selection, Resumption wish) {
  if (co_await try_to_resume(selection, wish)) co_return true;
  const auto begin = std::chrono::steady_clock::now();
  const bool has_all = co_await events_.catch_up(begin + resume_wait_);
  if (!has_all) co_return false;
  constexpr std::chrono::milliseconds pause{20};
  const TimePoint end = begin + std::min<std::chrono::milliseconds>(wish.wait, resume_wait_);
  asio::steady_timer next_try(co_await asio::this_coro::executor);
  do {
    const bool done = co_await try_to_resume(selection, wish);
    if (done) co_return true;
    next_try.expires_after(pause);
    co_await next_try.async_wait(asio::use_awaitable);
  } while (std::chrono::steady_clock::now() < end);
  auto step = [this, selection, wish](const Slice&) {
    if (!selection->ended_) selection->cursor.resume(reader_, wish);
    return std::optional(true);
  };
  co_return co_await worker_.run(selection->account(), std::move(step));
}

// False if the log does not know the event to resume after.
asio::awaitable<bool> Selector::try_to_resume(SelectionPtr selection, Resumption wish) {
  auto step = [this, selection, wish](const Slice&) {
    return std::optional(selection->ended_ || selection->cursor.resume_if_known(reader_, wish));
  };
  co_return co_await worker_.run(selection->account(), std::move(step));
}

// One pass through the log, up to the events to send.
class Selector::Search {
 public:
  Search(Selector& selector, SelectionPtr selection, FilterSetPtr filters, std::size_t most_bytes,
         TimePoint until)
      : selector_(selector),
        selection_(std::move(selection)),
        filters_(std::move(filters)),
        most_bytes_(most_bytes),
        until_(until) {}

  std::optional<Selected> operator()(const Slice& slice) {
    if (selection_->ended_) return std::move(found_);
    if (!filters_) {
      take(selection_->cursor.next(selector_.reader_, most_bytes_));
      return std::move(found_);
    }
    const nanoseconds begin = processor_time();
    const std::size_t events = search(slice);
    if (events > 0) selection_->note_cost(processor_time() - begin, events);
    const bool done = bytes_ > 0 || found_.problems.size() > 0 || all_seen() ||
                      selection_->recalled_ || selection_->ended_ ||
                      std::chrono::steady_clock::now() >= until_;
    return done ? std::optional(std::move(found_)) : std::nullopt;
  }

 private:
  // Until the slice is over; returns the number of events.
  std::size_t search(const Slice& slice) {
    std::size_t events = 0;
    const auto report = [this](const std::string& line) { found_.problems.push_back(line); };
    do {
      if (next_ == read_.size()) {
        read_ = selection_->cursor.next(selector_.reader_, most_bytes_);
        next_ = 0;
        if (read_.empty()) break;
      }
      const LogEntry& entry = read_[next_++];
      if (selector_.matches(entry, *filters_, report)) {
        bytes_ += entry.event->bytes.size();
        found_.entries.push_back(entry);
      }
      selection_->cursor.pass(entry);
      ++events;
    } while (!slice.over() && bytes_ < most_bytes_ && !selection_->recalled_ &&
             !selection_->ended_ && !all_seen());
    return events;
  }

  [[nodiscard]] bool all_seen() const {
    return next_ == read_.size() && selection_->cursor.gave_all();
  }

  void take(std::vector<LogEntry> entries) {
    if (!entries.empty()) selection_->cursor.pass(entries.back());
    found_.entries = std::move(entries);
  }

  Selector& selector_;
  SelectionPtr selection_;
  FilterSetPtr filters_;
  std::size_t most_bytes_;
  TimePoint until_;
  std::vector<LogEntry> read_;  // from next_ on not yet filtered
  std::size_t next_ = 0;
  std::size_t bytes_ = 0;
  Selected found_;
};

asio::awaitable<Selected> Selector::select(SelectionPtr selection, FilterSetPtr filters,
                                           std::size_t most_bytes, TimePoint until) {
  selection->recalled_ = false;
  Search search(*this, selection, std::move(filters), most_bytes, until);
  co_return co_await worker_.run(selection->account(), std::move(search));
}

bool Selector::matches(const LogEntry& entry, const FilterSet& filters,
                       const EventMatcher::Report& report) {
  Asked& asked = asked_about(entry);
  const std::size_t before = asked.bytes();
  const bool match = asked.matcher.matches(filters, report);
  asked_bytes_ += asked.bytes() - before;
  if (entry.event->bytes.size() > large_event) asked.matcher.drop_tree();
  count_tree(asked);
  if (memory_ != nullptr && memory_->is_short()) drop_trees();
  return match;
}

void Selector::count_tree(Asked& asked) {
  const std::size_t bytes = asked.matcher.tree_memory();
  tree_bytes_ += bytes - asked.tree_bytes;
  asked.tree_bytes = bytes;
  trees_.hold(tree_bytes_);
}

std::size_t Selector::Asked::bytes() const {
  return entry.event->bytes.size() + matcher.evaluated() * known_size;
}

Selector::Asked& Selector::asked_about(const LogEntry& entry) {
  if (const auto known = asked_.find(entry.seq); known != asked_.end()) return *known->second;
  forget_asked();
  order_.push_back(entry.seq);
  Asked& asked = *(asked_[entry.seq] = std::make_unique<Asked>(entry));
  asked_bytes_ += asked.bytes();
  return asked;
}

void Selector::forget_asked() {
  for (; asked_bytes_ > matchers_size && !order_.empty(); order_.pop_front()) {
    const auto oldest = asked_.find(order_.front());
    asked_bytes_ -= oldest->second->bytes();
    tree_bytes_ -= oldest->second->tree_bytes;
    asked_.erase(oldest);
  }
}

void Selector::drop_trees() {
  for (const auto& asked : asked_) {
    asked.second->matcher.drop_tree();
    count_tree(*asked.second);
  }
}

}  // namespace vtp
