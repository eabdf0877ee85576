// A worker: the thread beside an event loop, for work that would delay the loop: filters, reading
// from disk, large messages. The account that has used the least processor time goes first.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "lib/net/waiter.h"

namespace vtp {

// Processor time is accounted per account, such as one connection. Only the worker uses it, except
// for the functions below.
class Account {
 public:
  // Delays its work from now on, so that it uses at most this share of a processor. Any thread; 1
  // removes the limit.
  void limit_to(double share) { share_ = share; }
  [[nodiscard]] bool is_limited() const { return share_ < 1; }

 private:
  friend class Worker;
  using Duration = std::chrono::nanoseconds;

  Duration used_{0};  // processor time; one that was away begins with the least of the others
  std::chrono::steady_clock::time_point not_before_{};
  std::atomic<double> share_{1};
};

using AccountPtr = std::shared_ptr<Account>;

// A message larger than this is checked by a worker: it would delay an event loop for too long,
// about one millisecond per 128 kB.
inline constexpr std::size_t large_message = 64 * 1024;

// The time limit of one step, to be checked by the step itself.
class Slice {
 public:
  static constexpr std::chrono::milliseconds length{1};

  Slice() : end_(std::chrono::steady_clock::now() + length) {}
  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

// Lowers the priority of the calling thread below that of the network threads. If it cannot be
// changed, the thread keeps it.
void become_less_urgent();

// Its thread has a lower priority than the network threads.
class Worker {
 public:
  // How long it is idle before it calls the function given to on_idle().
  static constexpr std::chrono::milliseconds idle_after{100};

  Worker();

  // As stop().
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Calls step(slice) on the worker's thread repeatedly until it returns a value, and returns that
  // on the caller's executor; an exception is rethrown there. Step: std::optional<Value>(const
  // Slice&), which returns nothing when the slice is over. Steps of other accounts run in between:
  // next is always the account that has used the least processor time. Any thread.
  template <class Step>
  [[nodiscard]] asio::awaitable<typename std::invoke_result_t<Step&, const Slice&>::value_type> run(
      AccountPtr account, Step step);

  // Ends after the current step. Coroutines that still wait are not resumed; they are destroyed
  // when their event loop next runs, or ends, which must be later. Safe to call again.
  void stop();

  // Sets a function that the worker's thread calls after it has been idle for a while. Once, before
  // the first run().
  void on_idle(std::function<void()> call) { on_idle_ = std::move(call); }

 private:
  using Duration = std::chrono::nanoseconds;

  class Job;
  template <class Step, class Value>
  class StepJob;
  template <class Value>
  struct Outcome;
  using JobPtr = std::unique_ptr<Job>;

  // Jobs whose callers are to be resumed, grouped by executor.
  struct Told {
    asio::any_io_executor executor;
    std::vector<JobPtr> jobs;
  };

  void add(JobPtr job);
  void work();
  bool take_new();
  void order(JobPtr job);
  void do_next();
  void charge(Account& account, Duration used);
  void take_limited();
  void tell_later(JobPtr job);
  void tell_all();

  std::function<void()> on_idle_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<JobPtr> new_;  // guarded by mutex_
  bool stop_ = false;        // guarded by mutex_

  // The thread's own.
  std::multimap<Duration, JobPtr> ready_;  // by the processor time of their accounts
  std::multimap<std::chrono::steady_clock::time_point, JobPtr>
      limited_;        // by the time until which they wait
  Duration least_{0};  // used_ of the account that was served last
  std::vector<Told> told_;
  std::chrono::steady_clock::time_point tell_by_{};
  bool idle_ = true;

  std::thread thread_;
};

// Work that is done in steps and then reported to its caller.
class Worker::Job {
 public:
  explicit Job(AccountPtr its_account) : account(std::move(its_account)) {}
  virtual ~Job() = default;

  // On the worker's thread: true when it is done.
  virtual bool step(const Slice& slice) = 0;
  [[nodiscard]] virtual asio::any_io_executor executor() const = 0;
  // On the executor.
  virtual void tell() = 0;

  AccountPtr account;
};

template <class Value>
struct Worker::Outcome {
  std::optional<Value> value;
  std::exception_ptr problem;
};

template <class Step, class Value>
class Worker::StepJob final : public Job {
 public:
  StepJob(AccountPtr its_account, Step step, std::unique_ptr<Waiter<Outcome<Value>>> waiter)
      : Job(std::move(its_account)), step_(std::move(step)), waiter_(std::move(waiter)) {}

  bool step(const Slice& slice) override {
    try {
      outcome_.value = step_(slice);
    } catch (...) {
      outcome_.problem = std::current_exception();
    }
    return outcome_.value || outcome_.problem;
  }
  [[nodiscard]] asio::any_io_executor executor() const override { return waiter_->executor(); }
  void tell() override { waiter_->tell(std::move(outcome_)); }

 private:
  Step step_;
  std::unique_ptr<Waiter<Outcome<Value>>> waiter_;
  Outcome<Value> outcome_;
};

template <class Step>
asio::awaitable<typename std::invoke_result_t<Step&, const Slice&>::value_type> Worker::run(
    AccountPtr account, Step step) {
  using Value = typename std::invoke_result_t<Step&, const Slice&>::value_type;
  // A named variable, since GCC 12 destroys the captures of a temporary in a co_await twice.
  auto begin = [this, account = std::move(account),
                step = std::move(step)](std::unique_ptr<Waiter<Outcome<Value>>> waiter) mutable {
    add(std::make_unique<StepJob<Step, Value>>(std::move(account), std::move(step),
                                               std::move(waiter)));
  };
  auto outcome = co_await wait_for<Outcome<Value>>(std::move(begin));
  if (outcome.problem) std::rethrow_exception(outcome.problem);
  co_return *std::move(outcome.value);
}

}  // namespace vtp
