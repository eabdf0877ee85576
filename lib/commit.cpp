#include "lib/commit.h"

#include <utility>

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr std::chrono::seconds forget_interval{60};
constexpr std::size_t forget_step =
    500;  // events in one transaction; others wait no longer than for that

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Store> store, Tail& tail, std::chrono::days keep,
                         const Clock& clock, const Log& log)
    : store_(std::move(store)), tail_(tail), keep_(keep), clock_(clock), log_(log), thread_([this] {
        work();
      }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

asio::awaitable<Stored> GroupCommit::append(EventPtr event, std::string source) {
  auto initiate = [this, entry = NewEvent{std::move(event), std::move(source), clock_.now()}](
                      auto handler) mutable {
    // std::function wants to be copied; the handler is not.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    enqueue({std::move(entry), [shared](Stored outcome) {
               const auto executor = asio::get_associated_executor(*shared);
               asio::post(executor, [shared, outcome] { (*shared)(outcome); });
             }});
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Stored)>(
      std::move(initiate), asio::use_awaitable);
}

void GroupCommit::enqueue(Waiting waiting) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(waiting));
  }
  wake_.notify_one();
}

void GroupCommit::work() {
  bool more_to_forget = true;
  auto next_forget = std::chrono::steady_clock::now();
  while (true) {
    std::vector<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      const auto ready = [&] { return stop_ || !queue_.empty(); };
      if (!more_to_forget) wake_.wait_until(lock, next_forget, ready);
      if (stop_ && queue_.empty()) return;
      batch.swap(queue_);
    }
    if (!batch.empty()) commit(std::move(batch));
    if (more_to_forget || std::chrono::steady_clock::now() >= next_forget) {
      more_to_forget = forget_some();
      next_forget = std::chrono::steady_clock::now() + forget_interval;
    }
  }
}

void GroupCommit::commit(std::vector<Waiting> batch) {
  std::vector<NewEvent> entries;
  entries.reserve(batch.size());
  for (Waiting& waiting : batch)
    entries.push_back(std::move(waiting.entry));
  std::vector<Stored> outcomes(batch.size(), Stored::failed);
  std::vector<LogEntry> appended;
  try {
    const auto places = store_->append(entries);
    for (std::size_t i = 0; i < places.size(); ++i) {
      outcomes[i] = places[i] ? Stored::first : Stored::duplicate;
      if (places[i]) appended.push_back({*places[i], std::move(entries[i].event)});
    }
  } catch (const StoreError& error) {
    log_.error("Cannot store {} event(s): {}", batch.size(), error.what());
  }
  tail_.append(appended);
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i].resume(outcomes[i]);
}

// One step; true if there may be more to forget.
bool GroupCommit::forget_some() {
  try {
    const std::size_t forgotten = store_->forget(clock_.now() - keep_, forget_step);
    if (forgotten > 0) log_.debug("Forgot {} events older than {} days", forgotten, keep_.count());
    return forgotten == forget_step;
  } catch (const StoreError& error) {
    log_.warning("Cannot forget old events: {}", error.what());
    return false;
  }
}

}  // namespace vtp
