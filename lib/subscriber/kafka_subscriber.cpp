#include "lib/subscriber/kafka_subscriber.h"

#include <utility>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/voevent/examined.h"

namespace vtp {
namespace {

std::shared_ptr<const MessageDetails> details_of(const KafkaMessage& message) {
  auto details = std::make_shared<MessageDetails>();
  details->key = message.key;
  for (const KafkaHeader& header : message.headers)
    details->headers.emplace_back(header.name, header.value);
  details->timestamp = message.timestamp;
  return details;
}

}  // namespace

// What a message holds and, if that is XML, whether it is an event.
struct KafkaSubscriber::Judged {
  Payload payload;
  Examined found;
};

std::string text_of(const MessagePosition& position) {
  return fmt::format("{}@{}", text_of(position.partition), position.offset);
}

KafkaSubscriber::KafkaSubscriber(asio::any_io_executor executor, KafkaSubscriberOptions options,
                                 Take take, Pass pass, const Diagnostics& diagnostics,
                                 Reached reached)
    : executor_(executor),
      options_(std::move(options)),
      take_(std::move(take)),
      pass_(std::move(pass)),
      reached_(std::move(reached)),
      diagnostics_(diagnostics),
      change_(executor) {
  begin_to_read();
}

KafkaSubscriber::~KafkaSubscriber() = default;

void KafkaSubscriber::begin_to_read() {
  consumer_.reset();
  const auto begun = [this](const Partition& partition, std::int64_t offset) {
    taken_[partition] = std::make_shared<InOrder<std::int64_t>>();
    options_.consumer.begin_at[partition] = offset;
    pass({partition, offset});
  };
  const auto skipped = [this](const Partition& partition, std::int64_t offset) {
    pass({partition, offset});
  };
  consumer_.emplace(executor_, options_.consumer, diagnostics_, begun, skipped);
}

asio::awaitable<Departure> KafkaSubscriber::run() {
  if (problem_) {
    problem_ = nullptr;
    for (const auto& [partition, taken] : taken_)
      if (taken->reached()) options_.consumer.begin_at[partition] = *taken->reached();
    begin_to_read();
  }
  looking_ = true;
  spawn(executor_, consumer_->look(), [this](const std::exception_ptr& problem) {
    looking_ = false;
    if (problem) fail(problem);
    change_.tell();
  });
  while (!stopped_ && !problem_) {
    auto message = co_await consumer_->next();
    if (!message) break;
    Judged judged;
    if (options_.worker && message->value && message->value->size() > large_message)
      judged = co_await judge_beside(*message);
    else
      judged = judge(*message, checker_);
    take_message(*message, std::move(judged));
    co_await room();
  }
  co_await end_reading();
  has_all_ = consumer_->has_all();
  if (problem_) std::rethrow_exception(problem_);
  co_return consumer_->is_unreachable() ? Departure::unreachable : Departure::stopped;
}

asio::awaitable<void> KafkaSubscriber::end_reading() {
  consumer_->stop();
  while (under_way_ > 0 || looking_)
    co_await change_.wait();
  co_await consumer_->commit_rest();
}

// Waits until another event may be taken.
asio::awaitable<void> KafkaSubscriber::room() {
  while (!problem_ && (under_way_ >= options_.most_under_way ||
                       bytes_under_way_ >= options_.most_bytes_under_way))
    co_await change_.wait();
}

void KafkaSubscriber::stop() {
  stopped_ = true;
  consumer_->stop();
  change_.tell();
}

KafkaSubscriber::Judged KafkaSubscriber::judge(KafkaMessage& message, Checker& checker) const {
  Judged judged;
  if (options_.raw && message.value) {
    judged.payload = {.kind = Payload::Kind::event, .bytes = *std::move(message.value)};
    judged.found.what = Examined::What::event;
    return judged;
  }
  judged.payload = payload_of(std::exchange(message.value, std::nullopt), message.headers);
  if (judged.payload.kind == Payload::Kind::event)
    judged.found = examine(judged.payload.bytes, checker, options_.whole_headline);
  return judged;
}

// On the worker, since it would delay the event loop for too long.
asio::awaitable<KafkaSubscriber::Judged> KafkaSubscriber::judge_beside(KafkaMessage& message) {
  auto step = [this, &message](const Slice&) {
    return std::optional(judge(message, large_checker_));
  };
  co_return co_await options_.worker->run(account_, std::move(step));
}

void KafkaSubscriber::take_message(const KafkaMessage& message, Judged judged) {
  auto& [payload, found] = judged;
  MessageSource source{{{message.topic, message.partition}, message.offset}, nullptr};
  if (payload.kind != Payload::Kind::event)
    return pass_over(message, name_of(payload.kind), payload.problem);
  if (found.what != Examined::What::event)
    return pass_over(message, "no VOEvent that may be passed on", found.reason);
  auto event = std::make_shared<const Event>(
      Event{std::move(payload.bytes), found.digest, std::move(found.headline)});
  const auto turn = taken_.at(source.partition)->begin(source.offset + 1);
  const std::size_t bytes = event->bytes.size();
  if (options_.with_details) source.details = details_of(message);
  ++under_way_;
  bytes_under_way_ += bytes;
  spawn(executor_, hand_on(std::move(event), std::move(source), turn),
        [this, bytes](const std::exception_ptr& problem) { end_one(bytes, problem); });
}

asio::awaitable<void> KafkaSubscriber::hand_on(EventPtr event, MessageSource source,
                                               InOrder<std::int64_t>::Turn turn) {
  const bool taken = co_await take_(std::move(event), source);
  if (taken) finish(source, turn);
}

void KafkaSubscriber::finish(const MessagePosition& position, InOrder<std::int64_t>::Turn turn) {
  InOrder<std::int64_t>& order = *taken_.at(position.partition);
  if (order.finish(turn)) reached(position.partition, *order.reached());
}

void KafkaSubscriber::pass(const MessagePosition& next) {
  if (pass_) pass_(next);
  InOrder<std::int64_t>& order = *taken_.at(next.partition);
  if (order.pass(next.offset)) reached(next.partition, *order.reached());
}

void KafkaSubscriber::reached(const Partition& partition, std::int64_t next) {
  if (!reached_) return;
  reached_({partition, next});
  processed({partition, next});
}

void KafkaSubscriber::processed(const MessagePosition& next) {
  if (consumer_) consumer_->processed(next.partition, next.offset);
}

void KafkaSubscriber::end_one(std::size_t bytes, const std::exception_ptr& problem) {
  --under_way_;
  bytes_under_way_ -= bytes;
  if (problem) fail(problem);
  change_.tell();
}

void KafkaSubscriber::fail(const std::exception_ptr& problem) {
  if (!problem_) problem_ = problem;
  consumer_->stop();
}

void KafkaSubscriber::pass_over(const KafkaMessage& message, std::string_view what,
                                const std::string& why) {
  const MessagePosition position{{message.topic, message.partition}, message.offset};
  const bool first = passed_over_[message.topic]++ == 0;
  diagnostics_.say(first ? Level::info : Level::debug, "{} is passed over: {}{}{}{}",
                   text_of(position), what, why.empty() ? "" : ": ", printable(why),
                   first ? " (further messages like this in the topic are reported with -v)" : "");
  pass({position.partition, position.offset + 1});
}

std::map<std::string, std::uint64_t> KafkaSubscriber::partition_lags() const {
  std::map<std::string, std::uint64_t> lags;
  if (!consumer_) return lags;
  for (const auto& [partition, lag] : consumer_->lags())
    lags[text_of(partition)] = lag;
  return lags;
}

std::string KafkaSubscriber::state_text() const { return consumer_->state_text(); }

}  // namespace vtp
