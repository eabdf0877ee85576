#include "lib/broker/relay.h"

#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5'000};

}  // namespace

Relay::Relay(asio::any_io_executor executor, EventLog& events, const Diagnostics& diagnostics,
             KeepCursor keep_cursor, std::unique_ptr<UpstreamFilter> filter,
             std::unique_ptr<SourceSignatures> signatures)
    : events_(events),
      diagnostics_(diagnostics),
      keep_cursor_(std::move(keep_cursor)),
      filter_(std::move(filter)),
      signatures_(std::move(signatures)),
      back_off_(first_pause, longest_pause),
      next_try_(std::move(executor)) {}

asio::awaitable<bool> Relay::take(EventPtr event, std::string peer) {
  PieceOfWork piece(stored_, event->digest);
  bool wanted = co_await wants(event, peer);
  SignatureFinding signature;
  if (wanted && signatures_) {
    auto checked = co_await signatures_->check(event, peer);
    if (checked.passage == SourceSignatures::Passage::stopped) co_return false;
    wanted = checked.passage == SourceSignatures::Passage::take;
    if (!wanted) fates_.add(Fate::signature);
    signature = std::move(checked.finding);
  }
  const bool done = !wanted || co_await store(std::move(event), peer, signature);
  if (done && piece.finish()) keep_cursor();
  co_return done;
}

asio::awaitable<bool> Relay::wants(EventPtr event, const std::string& peer) {
  if (!filter_) co_return true;
  const bool wanted = co_await filter_->meets(event);
  if (!wanted) {
    fates_.add(Fate::filtered);
    diagnostics_.debug("VOEvent {} from {} does not meet --filter", event->headline.ivorn, peer);
  }
  co_return wanted;
}

// False if it was stopped before the event could be stored.
asio::awaitable<bool> Relay::store(EventPtr event, const std::string& peer,
                                   const SignatureFinding& signature) {
  Stored stored = co_await events_.append(event, peer);
  while (stored == Stored::failed) {
    fates_.add(Fate::cannot_store);
    co_await pause(peer);
    if (stopped_) co_return false;
    stored = co_await events_.append(event, peer);
  }
  if (std::exchange(in_trouble_, false)) {
    back_off_.reset();
    diagnostics_.info("Events from {} can be stored again", peer);
  }
  fates_.add(stored == Stored::first     ? Fate::accepted
             : stored == Stored::refused ? Fate::log_refuses
                                         : Fate::duplicate);
  if (stored == Stored::first) {
    diagnostics_.info("VOEvent {} received from {}", event->headline.ivorn, peer);
    if (signatures_)
      diagnostics_.info("{}", signature_line(event->headline.ivorn, peer, signature));
  } else if (stored == Stored::refused)
    diagnostics_.error("VOEvent {} from {} is dropped: the log does not take it",
                       event->headline.ivorn, peer);
  else
    diagnostics_.debug("VOEvent {} from {} seen before", event->headline.ivorn, peer);
  co_return true;
}

// All that failed are retried together, in one transaction.
asio::awaitable<void> Relay::pause(const std::string& peer) {
  if (stopped_) co_return;
  if (!std::exchange(in_trouble_, true))
    diagnostics_.error("Events from {} wait until they can be stored", peer);
  if (!std::exchange(waiting_, true)) next_try_.expires_after(back_off_.next());
  asio::error_code ignored;
  co_await next_try_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  waiting_ = false;
}

void Relay::caught_up(const Digest& last) {
  if (stored_->pass(last)) keep_cursor();
}

void Relay::keep_cursor() {
  if (keep_cursor_) keep_cursor_(*stored_->reached());
}

void Relay::stop() {
  stopped_ = true;
  if (signatures_) signatures_->stop();
  next_try_.cancel();
}

}  // namespace vtp
