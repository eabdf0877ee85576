#include "lib/net/worker.h"

#include <algorithm>
#include <ctime>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asio/post.hpp>

#include "lib/base/thread_times.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr int niceness = 5;  // of the thread, added to the program's
// How long a result waits for others: waking an event loop for each would cost more than most
// steps.
constexpr std::chrono::microseconds tell_delay{500};

std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

// On Linux each thread has its own niceness.
void become_less_urgent() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + niceness);
}

Worker::Worker() : thread_([this] { work(); }) {}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  new_.clear();
  ready_.clear();
  limited_.clear();
  told_.clear();
}

void Worker::add(JobPtr job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = new_.empty();
    new_.push_back(std::move(job));
  }
  if (first) wake_.notify_one();
}

void Worker::work() {
  name_thread("worker");
  become_less_urgent();
  while (take_new()) {
    take_limited();
    if (!ready_.empty()) do_next();
    if (ready_.empty() || steady_clock::now() >= tell_by_) tell_all();
  }
}

// Waits if there is nothing to do; false when the worker is to end.
bool Worker::take_new() {
  std::vector<JobPtr> jobs;
  {
    std::unique_lock lock(mutex_);
    const auto awake = [this] { return stop_ || !new_.empty(); };
    while (ready_.empty() && !awake()) {
      auto until = steady_clock::time_point::max();
      if (!limited_.empty()) until = limited_.begin()->first;
      if (!idle_) until = std::min(until, steady_clock::now() + idle_after);
      if (until == steady_clock::time_point::max()) {
        wake_.wait(lock, awake);
      } else if (!wake_.wait_until(lock, until, awake)) {
        if (!limited_.empty() && limited_.begin()->first <= steady_clock::now()) break;
        idle_ = true;
        lock.unlock();
        if (on_idle_) on_idle_();
        lock.lock();
      }
    }
    if (stop_) return false;
    jobs.swap(new_);
  }
  for (JobPtr& job : jobs)
    order(std::move(job));
  return true;
}

// An account that was away is not credited for the time that it has not used.
void Worker::order(JobPtr job) {
  Account& account = *job->account;
  account.used_ = std::max(account.used_, least_);
  if (account.not_before_ > steady_clock::now())
    limited_.emplace(account.not_before_, std::move(job));
  else
    ready_.emplace(account.used_, std::move(job));
}

void Worker::take_limited() {
  const auto now = steady_clock::now();
  while (!limited_.empty() && limited_.begin()->first <= now) {
    auto entry = limited_.extract(limited_.begin());
    ready_.emplace(entry.mapped()->account->used_, std::move(entry.mapped()));
  }
}

void Worker::do_next() {
  auto entry = ready_.extract(ready_.begin());
  JobPtr job = std::move(entry.mapped());
  idle_ = false;
  least_ = std::max(least_, entry.key());
  const Duration before = processor_time();
  const bool done = job->step(Slice());
  charge(*job->account, processor_time() - before);
  if (done)
    tell_later(std::move(job));
  else
    order(std::move(job));
}

void Worker::charge(Account& account, Duration used) {
  account.used_ += used;
  const double share = account.share_;
  if (share < 1)
    account.not_before_ =
        steady_clock::now() + std::chrono::duration_cast<Duration>(used * (1 / share - 1));
}

void Worker::tell_later(JobPtr job) {
  if (told_.empty()) tell_by_ = steady_clock::now() + tell_delay;
  const auto executor = job->executor();
  const auto known = std::ranges::find(told_, executor, &Told::executor);
  Told& told = known == told_.end() ? told_.emplace_back(Told{executor, {}}) : *known;
  told.jobs.push_back(std::move(job));
}

void Worker::tell_all() {
  for (Told& told : std::exchange(told_, {}))
    asio::post(told.executor, [jobs = std::move(told.jobs)]() mutable {
      for (JobPtr& job : jobs)
        job->tell();
    });
}

}  // namespace vtp
