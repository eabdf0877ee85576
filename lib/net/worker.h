// A thread beside an event loop, for work that would keep the loop from others: filters, what is read
// from disk, large messages. Whoever has used least of the processor so far goes first.
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

// For whom work is done, such as one connection. The worker's own but for what is said here.
class Account {
 public:
  // From now on its work waits, so that it uses no more of a processor than this share. Any thread; 1: all
  // of it again.
  void limit_to(double share) { share_ = share; }
  [[nodiscard]] bool is_limited() const { return share_ < 1; }

 private:
  friend class Worker;
  using Duration = std::chrono::nanoseconds;

  Duration used_{0};  // of the processor; for one that was away, what the others had when it came
  std::chrono::steady_clock::time_point not_before_{};
  std::atomic<double> share_{1};
};

using AccountPtr = std::shared_ptr<Account>;

// A message over this is checked by a worker: it takes longer than a thread that serves others may be kept,
// about a millisecond for each 128 kB.
inline constexpr std::size_t large_message = 64 * 1024;

// How long a step may go on. For the step itself.
class Slice {
 public:
  static constexpr std::chrono::milliseconds length{1};

  Slice() : end_(std::chrono::steady_clock::now() + length) {}
  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

// Its thread is less urgent for the system than those that do the network's work.
class Worker {
 public:
  // How long it has nothing to do before it calls what on_idle() was given.
  static constexpr std::chrono::milliseconds idle_after{100};

  Worker();

  // As stop().
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Calls step(slice) on the worker's thread, again and again, until it gives a value, which this gives
  // on the caller's executor; what it throws is thrown there. Step: std::optional<Value>(const Slice&),
  // which returns nothing when the slice is over. Between its calls come those for other accounts:
  // always the one that has used the least of the processor. Any thread.
  template <class Step>
  [[nodiscard]] asio::awaitable<typename std::invoke_result_t<Step&, const Slice&>::value_type> run(
      AccountPtr account, Step step);

  // Ends with the step that is under way. Who still waits is not told any more; its coroutine goes when its
  // loop runs next, or ends, which has to be later. Safe to call again.
  void stop();

  // What is to be called on the worker's thread when there was nothing to do for a while. Once, before
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

  // To be told, together for each executor.
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
  std::multimap<Duration, JobPtr> ready_;  // by what their accounts have used
  std::multimap<std::chrono::steady_clock::time_point, JobPtr> limited_;  // until then
  Duration least_{0};  // what the account had used that was served last
  std::vector<Told> told_;
  std::chrono::steady_clock::time_point tell_by_{};
  bool idle_ = true;

  std::thread thread_;
};

// Something that is done in steps, and then told.
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
  // It has a name, since GCC 12 destroys what a nameless one in a co_await holds twice.
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
