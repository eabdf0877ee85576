#include "lib/signature/verifier.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "lib/net/worker.h"
#include "lib/signature/layout.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr const char* stopping = "the program is stopping";
constexpr const char* too_many = "too many events wait for that";

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

bool is_surely_unsigned(const Event& event) {
  return event.bytes.size() <= large_message && !may_be_signed(event.bytes);
}

std::unique_ptr<Verifier> make_verifier(VerifierOptions options, const Diagnostics& diagnostics) {
  if (options.verify == Verify::off) return nullptr;
  const std::string where = name_of_keyring(options.check.keyring);
  const std::size_t keys = count_keys(options.check);
  if (keys == 0)
    diagnostics.warning("There are no keys in {}: no signature can be good", where);
  else
    diagnostics.debug("Signatures are checked with {} key(s) in {}", keys, where);
  return std::make_unique<Verifier>(std::move(options));
}

Verifier::Verifier(VerifierOptions options) : options_(std::move(options)) {
  for (std::size_t i = 0; i < options_.threads; ++i)
    threads_.push_back(std::make_unique<Thread>(options_.check));
  try {
    for (const auto& each : threads_)
      each->thread = std::thread([this, thread = each.get()] { work(*thread); });
  } catch (...) {  // there is no thread left
    stop();
    throw;
  }
}

Verifier::~Verifier() { stop(); }

void Verifier::begin_to_stop() {
  std::map<std::string, std::deque<Job>> left;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    left.swap(jobs_);
    turns_.clear();
    waiting_ = 0;
  }
  wake_.notify_all();
  for (const auto& each : threads_)
    each->check.interrupt();
  for (auto& [account, jobs] : left)
    for (Job& job : jobs)
      put_off(std::move(job.waiter), stopping);
}

void Verifier::stop() {
  begin_to_stop();
  for (const auto& each : threads_)
    if (each->thread.joinable()) each->thread.join();
}

std::size_t Verifier::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

asio::awaitable<SignatureFinding> Verifier::check(EventPtr event, std::string account,
                                                  WhenFull when_full) {
  if (is_surely_unsigned(*event)) co_return unsigned_finding();
  // A named variable, since GCC 12 destroys the captures of a temporary in a co_await twice.
  auto begin = [this, event = std::move(event), account = std::move(account),
                when_full](std::unique_ptr<Waiter<SignatureFinding>> waiter) mutable {
    std::unique_lock lock(mutex_);
    if (!stop_ && (when_full == WhenFull::wait || has_room(account))) {
      add(account, {std::move(event), std::move(waiter)});
      wake_.notify_one();
      return;
    }
    const char* const reason = stop_ ? stopping : too_many;
    lock.unlock();
    put_off(std::move(waiter), reason);
  };
  co_return co_await wait_for<SignatureFinding>(std::move(begin));
}

void Verifier::put_off(std::unique_ptr<Waiter<SignatureFinding>> waiter, const char* reason) {
  Answers<SignatureFinding> answer;
  answer.add(std::move(waiter), {SignatureState::unchecked, {}, reason});
  answer.send();
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
  become_less_urgent();  // gpg inherits it
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
  try {
    SignatureFinding finding = thread.check.check(event.bytes, event.headline.ivorn);
    if (finding.state == SignatureState::good) remember(event, finding);
    return finding;
  } catch (const std::bad_alloc&) {
    return {SignatureState::unchecked, {}, "out of memory"};
  }
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

}  // namespace vtp
