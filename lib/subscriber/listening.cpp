#include "lib/subscriber/listening.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/base/in_order.h"
#include "lib/net/coroutine.h"
#include "lib/net/endpoint.h"
#include "lib/subscriber/cursor_file.h"

namespace vtp {
namespace {

constexpr std::chrono::seconds stall_timeout{
    1};  // for the reader of our output, once we are to end

}  // namespace

// Which events are done.
template <class Position>
struct Listening::Progress {
  const std::shared_ptr<InOrder<Position>> order = std::make_shared<InOrder<Position>>();
  std::function<void(const Position&)> keep;  // called with what all is done up to
};

struct Listening::Source {
  std::string name;
  // A broker's events, or the messages of each partition.
  Progress<Digest> progress;
  std::map<Partition, Progress<std::int64_t>> partitions;
  std::unique_ptr<SourceSignatures> signatures;  // nullptr: they are not looked at
  std::unique_ptr<EventSource> events;
  KafkaSubscriber* topics = nullptr;  // the same, of a cluster
  std::optional<Supervised> listening;
};

Listening::Listening(ListeningOptions options, const Clock& clock, const Diagnostics& diagnostics)
    : diagnostics_(diagnostics),
      timeout_(options.timeout),
      idle_(options.idle),
      until_now_(std::ranges::any_of(options.brokers, &SubscriberOptions::until_now) ||
                 std::ranges::any_of(options.topics,
                                     [](const KafkaSubscriberOptions& topics) {
                                       return topics.consumer.until_now;
                                     })),
      count_(options.outlet.count),
      peer_diagnostics_(clock, diagnostics),
      verifier_(make_verifier(std::move(options.signatures), diagnostics)),
      outlet_(
          context_.get_executor(), std::move(options.outlet), [this] { stop(); }, clock,
          diagnostics) {
  if (options.resume) {
    CursorFile file(*options.resume);
    if (const auto problem = file.claim()) throw std::runtime_error(problem->text);
    // An unwritable file should be reported now and not at the first event.
    if (const auto problem = file.write()) throw std::runtime_error(problem->text);
    for (SubscriberOptions& broker : options.brokers)
      begin_at_cursor(broker, file);
    for (KafkaSubscriberOptions& topics : options.topics)
      begin_at_cursors(topics, file);
    cursors_.emplace(context_.get_executor(), std::move(file), diagnostics);
  }
  for (SubscriberOptions& broker : options.brokers)
    subscribe_to(std::move(broker), clock);
  for (KafkaSubscriberOptions& topics : options.topics)
    read_topics(std::move(topics));
}

Listening::~Listening() = default;

// The saved cursor, if there is one, overrides where else the broker was to begin.
void Listening::begin_at_cursor(SubscriberOptions& broker, const CursorFile& file) const {
  for (const std::string& name : texts_of(broker.brokers))
    if (!broker.resume_after) broker.resume_after = file.find(name);
  if (broker.resume_after)
    broker.since.reset();
  else if (!broker.since)
    diagnostics_.info("{} has no cursor in {} yet; starting with new events",
                      text_of(broker.brokers), file.path());
}

void Listening::begin_at_cursors(KafkaSubscriberOptions& topics, const CursorFile& file) const {
  const KafkaEndpoint& endpoint = topics.consumer.endpoint;
  topics.consumer.begin_at = offsets_for(endpoint, file.offsets_below(cursor_prefix(endpoint)));
  if (topics.consumer.begin_at.empty() && !topics.consumer.since)
    diagnostics_.info("{} has no cursor in {} yet; starting with new messages",
                      text_of(topics.consumer.endpoint), file.path());
}

Listening::Source& Listening::add_source(std::string name) {
  Source& source = *sources_.emplace_back(std::make_unique<Source>());
  source.name = std::move(name);
  source.signatures = signatures_of_source(context_.get_executor(), verifier_.get(), source.name,
                                           peer_diagnostics_, diagnostics_);
  source.listening.emplace(
      context_.get_executor(), "Listening to " + source.name,
      [this, &source] { return listen(source); }, diagnostics_,
      [this](const std::exception_ptr& problem) { end_one(problem); });
  return source;
}

void Listening::subscribe_to(SubscriberOptions options, const Clock& clock) {
  Source& source = add_source(text_of(options.brokers));
  // Equal brokers have the same cursor.
  source.progress.keep = [this, names = texts_of(options.brokers)](const Digest& last) {
    for (const std::string& name : names)
      keep_cursor(name, last);
  };
  const auto take_event = [this, &source](EventPtr event, std::string peer) {
    const Digest digest = event->digest;
    return take(source, std::move(event), std::move(peer), digest, source.progress);
  };
  const auto caught_up = [&source](const Digest& last) { pass(last, source.progress); };
  source.events = std::make_unique<Subscriber>(context_.get_executor(), std::move(options),
                                               take_event, clock, diagnostics_, caught_up);
}

void Listening::read_topics(KafkaSubscriberOptions options) {
  Source& source = add_source(text_of(options.consumer.endpoint));
  const std::string prefix = cursor_prefix(options.consumer.endpoint);
  const auto progress_of = [this, &source,
                            prefix](const Partition& partition) -> Progress<std::int64_t>& {
    const auto [found, is_new] = source.partitions.try_emplace(partition);
    if (is_new)
      found->second.keep = [this, &source, partition,
                            cursor = prefix + text_of(partition)](std::int64_t next) {
        keep_cursor(cursor, next);
        source.topics->processed({partition, next});
      };
    return found->second;
  };
  const auto take_event = [this, &source, progress_of](EventPtr event, MessageSource message) {
    return take(source, std::move(event), Origin(text_of(message), message.details),
                message.offset + 1, progress_of(message.partition));
  };
  const auto pass_over = [progress_of](const MessagePosition& next) {
    pass(next.offset, progress_of(next.partition));
  };
  auto topics = std::make_unique<KafkaSubscriber>(context_.get_executor(), std::move(options),
                                                  take_event, pass_over, diagnostics_);
  source.topics = topics.get();
  source.events = std::move(topics);
}

Heard Listening::run() {
  restart(timeout_timer_, timeout_);
  restart(idle_timer_, idle_);
  listening_ = sources_.size();
  for (const auto& source : sources_)
    source->listening->start();
  heeding_signals_.emplace(
      context_.get_executor(), "Waiting for signals", [this] { return heed_signals(); },
      diagnostics_);
  heeding_signals_->start();
  run_on(context_);
  if (out_of_time_) report_what_is_missing();
  if (until_now_) sum_up();
  if (outlet_.unfinished() > 0)
    diagnostics_.warning(
        "The command failed or was not run for {} event(s); {}", outlet_.unfinished(),
        cursors_ ? "they come again in the next run" : "without --resume they do not come again");
  if (failed_ || outlet_.failed() || (cursors_ && cursors_->failed())) return Heard::failed;
  return unreachable_ ? Heard::unreachable : Heard::all;
}

template <class Position>
asio::awaitable<bool> Listening::take(Source& source, EventPtr event, Origin origin,
                                      Position position, const Progress<Position>& progress) {
  const std::uint64_t before = outlet_.taken();
  PieceOfWork piece(progress.order, std::move(position));
  std::function<void()> finished = [&progress, turn = piece.turn()] {
    if (progress.order->finish(turn)) progress.keep(*progress.order->reached());
  };
  if (source.signatures && outlet_.wants(*event)) {
    const auto passage = co_await check_signature(source, event, origin);
    if (passage == SourceSignatures::Passage::stopped) piece.keep();
    if (passage == SourceSignatures::Passage::pass_over) finished();
    if (passage != SourceSignatures::Passage::take)
      co_return passage == SourceSignatures::Passage::pass_over;
  }
  const bool acknowledge =
      co_await outlet_.take(std::move(event), std::move(origin), std::move(finished));
  piece.keep();  // an event that was not taken is not finished either
  if (outlet_.taken() > before && !stopped_) restart(idle_timer_, idle_);
  co_return acknowledge;
}

asio::awaitable<SourceSignatures::Passage> Listening::check_signature(Source& source,
                                                                      const EventPtr& event,
                                                                      Origin& origin) {
  auto [passage, finding] = co_await source.signatures->check(event, origin.from);
  const Level level = verifier_->verify() == Verify::log ? Level::info : Level::debug;
  if (passage == SourceSignatures::Passage::take && diagnostics_.says(level))
    diagnostics_.say(level, "{}", signature_line(event->headline.ivorn, origin.from, finding));
  origin.signature = std::move(finding);
  co_return passage;
}

template <class Position>
void Listening::pass(const Position& position, const Progress<Position>& progress) {
  if (progress.order->pass(position)) progress.keep(*progress.order->reached());
}

void Listening::keep_cursor(const std::string& name, const Cursor& cursor) {
  if (cursors_) cursors_->keep(name, cursor);
}

asio::awaitable<void> Listening::listen(Source& source) {
  const Departure departure = co_await source.events->run();
  if (departure == Departure::unreachable) unreachable_ = true;
}

void Listening::end_one(const std::exception_ptr& problem) {
  if (problem) failed_ = true;
  if (--listening_ > 0) return;
  stop();
  spawn(context_.get_executor(), finish(), [this](const std::exception_ptr& what) { end(what); });
}

// Waits for commands and for pending output.
asio::awaitable<void> Listening::finish() {
  co_await outlet_.finish();
  if (cursors_) co_await cursors_->finish();
}

// With the signals cancelled, the context has nothing left to do.
void Listening::end(const std::exception_ptr& problem) {
  if (problem) {
    failed_ = true;
    diagnostics_.error("Cannot wait for unfinished work: {}", reason_of(problem));
    outlet_.stop_commands();
  }
  heeding_signals_->stop();
  signals_.cancel();
  stall_timer_.cancel();
}

asio::awaitable<void> Listening::heed_signals() {
  asio::error_code cancelled;
  co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (cancelled) co_return;
  stop();
  co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!cancelled) outlet_.stop_commands();
}

void Listening::begin_to_give_up_printing() {
  spawn(context_.get_executor(), give_up_printing(), [this](const std::exception_ptr& problem) {
    if (problem) outlet_.stop_printing();
  });
}

// A subscriber whose event is being printed cannot end before that.
asio::awaitable<void> Listening::give_up_printing() {
  asio::error_code cancelled;
  stall_timer_.expires_after(stall_timeout);
  co_await stall_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!cancelled) outlet_.stop_printing();
}

void Listening::stop() {
  if (std::exchange(stopped_, true)) return;
  for (const auto& source : sources_) {
    source->events->stop();
    if (source->signatures) source->signatures->stop();
    source->listening->stop();
  }
  if (verifier_) verifier_->begin_to_stop();
  outlet_.stop_retrying();
  timeout_timer_.cancel();
  idle_timer_.cancel();
  if (listening_ > 0) begin_to_give_up_printing();
}

void Listening::run_out_of_time() {
  out_of_time_ = !stopped_;
  stop();
}

void Listening::report_what_is_missing() {
  if (count_ > outlet_.taken()) {
    unreachable_ = true;
    diagnostics_.warning("Timeout: received {} of {} event(s)", outlet_.taken(), count_);
  }
  for (const auto& source : sources_) {
    if (!until_now_ || source->events->has_all()) continue;
    unreachable_ = true;
    diagnostics_.warning("Timeout: {} has not sent all its stored events ({})", source->name,
                         source->events->state_text());
  }
}

void Listening::sum_up() const {
  const auto done =
      std::ranges::count_if(sources_, [](const auto& source) { return source->events->has_all(); });
  diagnostics_.info("{} event(s); {} of {} broker(s) sent all their stored events", outlet_.taken(),
                    done, sources_.size());
}

void Listening::restart(asio::steady_timer& timer, std::chrono::milliseconds time) {
  if (time.count() == 0) return;
  timer.expires_after(time);
  timer.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) run_out_of_time();
  });
}

}  // namespace vtp
