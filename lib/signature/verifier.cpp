#include "lib/signature/verifier.h"

#include <algorithm>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/signature/layout.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr int niceness = 5;  // of the threads and of gpg, added to the program's
constexpr std::chrono::milliseconds again_after{50};  // at the end, until all are interrupted

// gpg inherits it. If it cannot be changed, the thread keeps it.
void become_less_urgent() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + niceness);
}

}  // namespace

Result<Verify> parse_verify(std::string_view text) {
  for (const Verify verify : {Verify::off, Verify::log, Verify::require})
    if (text == name_of(verify)) return verify;
  return Problem{fmt::format("{} is not off, log or require", text)};
}

std::string_view name_of(Verify verify) {
  switch (verify) {
    case Verify::off:
      return "off";
    case Verify::log:
      return "log";
    case Verify::require:
      break;
  }
  return "require";
}

std::string objection_to(const SignatureFinding& finding, Verify verify) {
  if (verify != Verify::require || finding.state == SignatureState::good) return {};
  if (finding.state == SignatureState::unchecked) return cannot_verify;
  return fmt::format("{}: {}", signature_required, finding.explanation);
}

std::string signature_line(std::string_view ivorn, std::string_view peer,
                           const SignatureFinding& finding) {
  return fmt::format("VOEvent {} from {}: signature {}: {}", ivorn, peer, name_of(finding.state),
                     finding.explanation);
}

Verifier::Verifier(VerifierOptions options) : options_(std::move(options)) {
  for (std::size_t i = 0; i < options_.threads; ++i)
    threads_.push_back(std::make_unique<Thread>(options_.check));
  for (const auto& each : threads_)
    each->thread = std::thread([this, thread = each.get()] { work(*thread); });
  watchdog_ = std::thread([this] { watch(); });
}

Verifier::~Verifier() { stop(); }

void Verifier::stop() {
  const auto set = [this](bool& flag) {
    const std::lock_guard lock(mutex_);
    flag = true;
  };
  set(stop_);
  wake_.notify_all();
  begins_.notify_all();
  for (const auto& each : threads_)
    if (each->thread.joinable()) each->thread.join();
  set(ended_);
  begins_.notify_all();
  if (watchdog_.joinable()) watchdog_.join();
  jobs_.clear();
  turns_.clear();
}

std::size_t Verifier::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

asio::awaitable<SignatureFinding> Verifier::check(EventPtr event, std::string account,
                                                  WhenFull when_full) {
  if (!may_be_signed(event->bytes))
    co_return SignatureFinding{SignatureState::none, {}, "it has no signature"};
  // A named variable, since GCC 12 destroys the captures of a temporary in a co_await twice.
  auto begin = [this, event = std::move(event), account = std::move(account),
                when_full](std::unique_ptr<Waiter<SignatureFinding>> waiter) mutable {
    {
      const std::lock_guard lock(mutex_);
      if (when_full == WhenFull::wait || has_room(account)) {
        add(account, {std::move(event), std::move(waiter)});
        wake_.notify_one();
        return;
      }
    }
    Answers<SignatureFinding> answer;
    answer.add(std::move(waiter), {SignatureState::unchecked, {}, "too many events wait for that"});
    answer.send();
  };
  co_return co_await wait_for<SignatureFinding>(std::move(begin));
}

bool Verifier::has_room(const std::string& account) const {
  if (waiting_ >= options_.most_waiting) return false;
  const auto jobs = jobs_.find(account);
  return jobs == jobs_.end() || jobs->second.size() < (options_.most_waiting * 3 + 3) / 4;
}

void Verifier::add(const std::string& account, Job job) {
  auto& jobs = jobs_[account];
  jobs.push_back(std::move(job));
  if (jobs.size() == 1) turns_.push_back(account);
  ++waiting_;
}

// Waits for a job; nothing when it is to stop.
std::optional<Verifier::Job> Verifier::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stop_ || !turns_.empty(); });
  if (stop_) return std::nullopt;
  std::string account = std::move(turns_.front());
  turns_.pop_front();
  const auto jobs = jobs_.find(account);
  Job job = std::move(jobs->second.front());
  jobs->second.pop_front();
  --waiting_;
  if (jobs->second.empty())
    jobs_.erase(jobs);
  else
    turns_.push_back(std::move(account));
  return job;
}

void Verifier::work(Thread& thread) {
  become_less_urgent();
  while (auto job = take()) {
    SignatureFinding finding = find_out(thread, *job->event);
    Answers<SignatureFinding> answer;
    answer.add(std::move(job->waiter), std::move(finding));
    answer.send();
  }
}

// An event that comes from several brokers is checked once.
SignatureFinding Verifier::find_out(Thread& thread, const Event& event) {
  if (auto finding = known(event)) return *std::move(finding);
  for (int tries = 0; tries < 2; ++tries)
    if (auto finding = try_to_find_out(thread, event)) {
      if (finding->state == SignatureState::good) remember(event, *finding);
      return *std::move(finding);
    }
  return {SignatureState::bad, {}, "gpg did not finish checking its signature in time"};
}

// Nothing if it took too long.
std::optional<SignatureFinding> Verifier::try_to_find_out(Thread& thread, const Event& event) {
  {
    const std::lock_guard lock(mutex_);
    thread.until = steady_clock::now() + options_.timeout;
  }
  begins_.notify_one();
  SignatureFinding finding;
  try {
    finding = thread.check.check(event.bytes, event.headline.ivorn);
  } catch (const std::bad_alloc&) {
    finding = {SignatureState::unchecked, {}, "out of memory"};
  }
  const std::lock_guard lock(mutex_);
  const bool in_time = thread.until.has_value() || stop_;
  thread.until.reset();
  if (!in_time && finding.state == SignatureState::unchecked) return std::nullopt;
  return finding;
}

std::optional<SignatureFinding> Verifier::known(const Event& event) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(known_, event.digest, &Known::event);
  if (found == known_.end() || found->until < steady_clock::now()) return std::nullopt;
  return found->finding;
}

void Verifier::remember(const Event& event, const SignatureFinding& finding) {
  const std::lock_guard lock(mutex_);
  known_.push_back({event.digest, finding, steady_clock::now() + known_for});
  if (known_.size() > most_known) known_.pop_front();
}

// Ends runs of gpg that take too long, or all of them when it is to stop.
void Verifier::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    auto next = steady_clock::time_point::max();
    for (const auto& each : threads_) {
      if (!each->until) continue;
      if (stop_ || *each->until <= steady_clock::now())
        each->check.interrupt();
      else
        next = std::min(next, *each->until);
      if (!stop_ && *each->until <= steady_clock::now()) each->until.reset();
    }
    // One that has not quite begun its run takes no notice.
    if (stop_) next = steady_clock::now() + again_after;
    if (next == steady_clock::time_point::max())
      begins_.wait(lock);
    else
      begins_.wait_until(lock, next);
  }
}

}  // namespace vtp
