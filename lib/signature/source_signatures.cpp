#include "lib/signature/source_signatures.h"

#include <algorithm>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5'000};

}  // namespace

// The place of a call among those that have not returned. It is left however the call ends.
struct SourceSignatures::Turn {
  Turn(const asio::any_io_executor& executor, std::shared_ptr<Turns> all)
      : comes(executor, asio::steady_timer::time_point::max()), turns(std::move(all)) {
    turns->push_back(this);
  }
  ~Turn() {
    std::erase(*turns, this);
    if (!turns->empty()) turns->front()->comes.cancel();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  asio::steady_timer comes;
  std::shared_ptr<Turns> turns;
};

SourceSignatures::SourceSignatures(asio::any_io_executor executor, Verifier& verifier,
                                   std::string name, PeerDiagnostics& peer_diagnostics,
                                   const Diagnostics& diagnostics)
    : executor_(std::move(executor)),
      verifier_(verifier),
      name_(std::move(name)),
      diagnostics_(diagnostics),
      refusals_(peer_diagnostics.session(name_)),
      back_off_(first_pause, longest_pause),
      next_try_(executor_) {}

asio::awaitable<SourceSignatures::Checked> SourceSignatures::check(EventPtr event,
                                                                   std::string peer) {
  Checked checked;
  if (turns_->empty() && is_surely_unsigned(*event)) {  // as nearly all are: nothing to wait for
    checked.finding = unsigned_finding();
  } else {
    Turn turn(executor_, turns_);
    checked.finding = co_await find_out(event);
    asio::error_code ignored;
    while (turns_->front() != &turn)
      co_await turn.comes.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (checked.finding.state == SignatureState::unchecked) {
    checked.passage = Passage::stopped;
  } else if (!objection_to(checked.finding, verifier_.verify()).empty()) {
    checked.passage = Passage::pass_over;
    refusals_.refusal(Level::warning, "VOEvent {} from {} skipped: {}", event->headline.ivorn, peer,
                      checked.finding.explanation);
  }
  co_return checked;
}

// `unchecked` only if it was stopped.
asio::awaitable<SignatureFinding> SourceSignatures::find_out(const EventPtr& event) {
  SignatureFinding finding = co_await verifier_.check(event, name_, Verifier::WhenFull::wait);
  while (finding.state == SignatureState::unchecked && !stopped_) {
    co_await pause(finding.explanation);
    if (stopped_) break;
    finding = co_await verifier_.check(event, name_, Verifier::WhenFull::wait);
  }
  if (finding.state != SignatureState::unchecked && finding.state != SignatureState::none &&
      std::exchange(in_trouble_, false)) {
    back_off_.reset();
    diagnostics_.info("Signatures of events from {} can be checked again", name_);
  }
  co_return finding;
}

// All that wait are tried again together.
asio::awaitable<void> SourceSignatures::pause(const std::string& reason) {
  if (!std::exchange(in_trouble_, true))
    diagnostics_.error("Events from {} wait until their signatures can be checked: {}", name_,
                       reason);
  if (!std::exchange(waiting_, true)) next_try_.expires_after(back_off_.next());
  asio::error_code ignored;
  co_await next_try_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  waiting_ = false;
}

void SourceSignatures::stop() {
  stopped_ = true;
  next_try_.cancel();
}

}  // namespace vtp
