#include "lib/broker/shared_log.h"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/broker/shared_topic.h"
#include "lib/kafka/event_message.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

// What is read and not in the copy yet; a batch has at most these, or one event more.
constexpr std::size_t most_read = 1024;
constexpr std::size_t most_bytes_read = 16 * 1024 * 1024;

constexpr std::chrono::milliseconds copy_pause{200};     // after the disk has failed
constexpr std::chrono::milliseconds catch_up_pause{10};  // between two looks
constexpr std::chrono::milliseconds give_up_pause{200};  // between two looks
constexpr std::int32_t only_partition = 0;

std::string random_text() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

KafkaProducerOptions producer_options(const SharedLogOptions& options) {
  return {.endpoint = options.endpoint,
          .properties = options.properties,
          .max_size = options.max_size,
          .timeout = options.timeout,
          .waits_for_cluster = false};
}

std::string find_append(const MessageSource& source) {
  for (const auto& [name, value] : source.details->headers)
    if (name == append_header && value) return *value;
  return "";
}

// By the clock of whoever sent the message, or the cluster's: the same for all copies. Not in the
// future, so that no wrong clock makes the copy keep it for longer.
Time received(const MessageSource& source, Time now) {
  if (!source.details->timestamp) return now;
  return std::min(now, Time(std::chrono::milliseconds(*source.details->timestamp)));
}

asio::awaitable<void> pause_for(asio::steady_timer& timer, std::chrono::milliseconds pause) {
  asio::error_code ignored;
  timer.expires_after(pause);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

SharedLog::SharedLog(asio::any_io_executor executor, SharedLogOptions options, EventLog& copy,
                     const Clock& clock, const Diagnostics& diagnostics)
    : executor_(executor),
      options_(std::move(options)),
      name_(text_of(options_.endpoint)),
      copy_(copy),
      clock_(clock),
      diagnostics_(diagnostics),
      producer_(executor, producer_options(options_), diagnostics),
      prefix_(random_text()),
      arrived_(executor),
      copied_(executor),
      retrying_(executor),
      giving_up_(executor),
      one_ended_(executor) {}

SharedLog::~SharedLog() = default;

asio::awaitable<void> SharedLog::open() {
  const std::function<bool()> stopped = [this] { return stopped_; };
  const auto facts = co_await await_topic(executor_, options_.endpoint, options_.properties,
                                          diagnostics_, stopped);
  if (!facts || stopped_) co_return;
  if (const std::string problem = unfitness_of(*facts, options_.endpoint); !problem.empty())
    throw std::runtime_error(problem);
  for (const std::string& doubt : doubts_about(*facts, options_.max_size))
    diagnostics_.warning("{} {}", name_, doubt);
  const CopiedLog copied = copy_.copy_log(facts->cluster, options_.endpoint.topics.front());
  if (copied.next > facts->end)
    throw std::runtime_error(
        fmt::format("{}: the topic ends at offset {}, and the copy {} has what is before {}: the "
                    "topic was made anew, or has lost messages; start with another --eventdb",
                    name_, facts->end, copy_.file(), copied.next));
  begin(copied);
  diagnostics_.info("Reading {} message(s) of {} before peers can connect",
                    facts->end - copied.next, name_);
  while (!reading_ && diverged_.empty() && !stopped_)
    co_await arrived_.wait();
  while (next_ < facts->end && diverged_.empty() && !stopped_)
    co_await copied_.wait();
  if (!diverged_.empty()) throw std::runtime_error(diverged_);
  if (!stopped_) diagnostics_.info("The copy of {} is complete", name_);
}

void SharedLog::begin(const CopiedLog& copied) {
  next_ = read_next_ = copied.next;
  KafkaSubscriberOptions reading;
  reading.consumer.endpoint = options_.endpoint;
  reading.consumer.properties = options_.properties;
  reading.consumer.max_size = options_.max_size;
  reading.consumer.begin_at[{copied.topic, only_partition}] = copied.next;
  reading.whole_headline = false;
  reading.worker = options_.worker;
  reading.with_details = true;
  subscriber_.emplace(
      executor_, std::move(reading),
      [this](EventPtr event, MessageSource source) {
        return take(std::move(event), std::move(source));
      },
      [this](const MessagePosition& next) { pass(next); }, diagnostics_);
  run(producer_.run());
  run(read());
  run(copy());
  run(give_up_late());
}

// Its exception, such as lack of memory, ends the broker: the copy cannot go on where it was, and the
// next start reads it all.
void SharedLog::run(asio::awaitable<void> work) {
  ++running_;
  spawn(executor_, std::move(work), [this](const std::exception_ptr& problem) {
    --running_;
    one_ended_.tell();
    if (problem) throw std::runtime_error(fmt::format("{} failed: {}", name_, reason_of(problem)));
  });
}

asio::awaitable<Stored> SharedLog::append(EventPtr event, std::string source) {
  bool known = false;
  try {
    known = co_await copy_.has(event->digest);
  } catch (const StoreError& error) {
    diagnostics_.error("Cannot look for {}: {}", event->headline.ivorn, error.what());
    co_return Stored::failed;
  }
  if (known) co_return Stored::duplicate;
  co_return co_await asio::co_spawn(executor_, append_here(std::move(event), std::move(source)),
                                    asio::use_awaitable);
}

bool SharedLog::may_append() const {
  return !stopped_ && diverged_.empty() && !copy_.has_outage() && !(away_ && trying_);
}

std::string SharedLog::new_append() { return fmt::format("{}-{}", prefix_, ++last_append_); }

asio::awaitable<Stored> SharedLog::append_here(EventPtr event, std::string source) {
  if (!may_append()) co_return Stored::failed;
  const std::string number = new_append();
  const EventMessage message(event->bytes, event->headline.ivorn, event->digest, options_.source);
  OutgoingMessage outgoing = message.outgoing();
  outgoing.headers.emplace_back(append_header, number);
  Append& append = appends_[number];
  append.digest = event->digest;
  append.source = source;
  append.give_up = steady_clock::now() + options_.timeout;
  const Delivery delivery = co_await send(std::move(outgoing));
  note(delivery);
  if (delivery.how != Delivery::How::stored || append.fate || stopped_) {
    const std::optional<Stored> fate = append.fate;
    appends_.erase(number);
    if (delivery.how == Delivery::How::stored) co_return fate.value_or(Stored::failed);
    if (delivery.how != Delivery::How::refused) co_return Stored::failed;
    diagnostics_.error("{} does not take {}: {}", name_, event->headline.ivorn, delivery.reason);
    co_return Stored::refused;
  }
  const auto begin = [&append](std::unique_ptr<Waiter<Stored>> waiter) {
    append.waiter = std::move(waiter);
  };
  co_return co_await wait_for<Stored>(begin);
}

asio::awaitable<Delivery> SharedLog::send(OutgoingMessage message) {
  std::optional<Raised> trial;
  if (away_) trial.emplace(trying_, copied_);
  co_return co_await producer_.send(std::move(message));
}

void SharedLog::note(const Delivery& delivery) {
  const bool away = delivery.how != Delivery::How::stored && delivery.how != Delivery::How::refused;
  if (stopped_ || std::exchange(away_, away) == away) return;
  if (away)
    diagnostics_.error(
        "{} takes no events: {}; authors are told to try again later, and what was sent may be in "
        "it",
        name_, delivery.reason);
  else
    diagnostics_.info("{} takes events again", name_);
}

// In the order of the topic; the next message is read after it.
asio::awaitable<bool> SharedLog::take(EventPtr event, MessageSource source) {
  pass({source.partition, source.offset + 1});
  if (!diverged_.empty()) co_return false;
  read_bytes_ += event->bytes.size();
  const std::string append = find_append(source);
  const auto ours = appends_.find(append);
  read_.push_back(
      {{std::move(event), ours == appends_.end() ? text_of(source) : ours->second.source,
        received(source, clock_.now())},
       append});
  while (!stopped_ && (read_.size() >= most_read || read_bytes_ >= most_bytes_read))
    co_await copied_.wait();
  co_return !stopped_;
}

void SharedLog::pass(const MessagePosition& next) {
  if (!diverged_.empty()) return;
  if (next.partition.number != only_partition)
    return diverge("it has several partitions now, which have no common order");
  if (next.offset < read_next_)
    return diverge(
        "it has fewer messages than were read: it was made anew, or has lost messages; start again "
        "with another --eventdb");
  read_next_ = next.offset;
  reading_ = true;
  arrived_.tell();
}

// Subscribers are still served from the copy.
void SharedLog::diverge(const std::string& reason) {
  if (!diverged_.empty()) return;
  diverged_ = fmt::format("{} cannot be read on: {}", name_, reason);
  diagnostics_.error("{}", diverged_);
  subscriber_->stop();
  arrived_.tell();
  copied_.tell();
}

asio::awaitable<void> SharedLog::read() { static_cast<void>(co_await subscriber_->run()); }

asio::awaitable<void> SharedLog::copy() {
  while (true) {
    while (read_next_ == next_ && !stopped_)
      co_await arrived_.wait();
    if (stopped_) co_return;
    const std::vector<Read> batch = std::exchange(read_, {});
    read_bytes_ = 0;
    const std::int64_t next = read_next_;
    const std::vector<Stored> fates = co_await write(batch, next);
    if (fates.size() < batch.size()) co_return;
    next_ = next;
    for (std::size_t i = 0; i < batch.size(); ++i)
      tell(batch[i], fates[i]);
    copied_.tell();
    subscriber_->processed({{options_.endpoint.topics.front(), only_partition}, next});
  }
}

// Empty if it was stopped before the disk could be written.
asio::awaitable<std::vector<Stored>> SharedLog::write(const std::vector<Read>& batch,
                                                      std::int64_t next) {
  Copied copied;
  copied.next = next;
  for (const Read& each : batch)
    copied.events.push_back(each.event);
  auto fates = co_await copy_.copy(copied);
  while (!fates && !stopped_) {
    co_await pause_for(retrying_, copy_pause);
    fates = co_await copy_.copy(copied);
  }
  if (!fates) co_return std::vector<Stored>();
  co_return *std::move(fates);
}

void SharedLog::tell(const Read& read, Stored stored) {
  const auto found = appends_.find(read.append);
  if (found == appends_.end() || found->second.digest != read.event.event->digest) {
    if (stored == Stored::first)
      diagnostics_.info("VOEvent {} received from {}", read.event.event->headline.ivorn,
                        read.event.source);
    return;
  }
  Append& append = found->second;
  if (append.waiter) {
    const std::unique_ptr<Waiter<Stored>> waiter = std::move(append.waiter);
    appends_.erase(found);
    waiter->tell(stored);
  } else if (!append.fate) {
    append.fate = stored;
  }
}

asio::awaitable<void> SharedLog::give_up_late() {
  while (!stopped_) {
    co_await pause_for(giving_up_, give_up_pause);
    if (const std::size_t late = fail(steady_clock::now()); late > 0)
      diagnostics_.error("{} event(s) that {} has taken did not come back in time", late, name_);
  }
}

// Those that wait to come back, and whose time is over then.
std::size_t SharedLog::fail(steady_clock::time_point now) {
  std::vector<std::unique_ptr<Waiter<Stored>>> late;
  for (auto it = appends_.begin(); it != appends_.end();) {
    Append& append = it->second;
    const bool is_late = append.waiter && append.give_up <= now;
    if (is_late) late.push_back(std::move(append.waiter));
    it = is_late ? appends_.erase(it) : std::next(it);
  }
  for (const auto& waiter : late)
    waiter->tell(Stored::failed);
  return late.size();
}

asio::awaitable<bool> SharedLog::catch_up(steady_clock::time_point until) {
  co_return co_await asio::co_spawn(executor_, catch_up_here(until), asio::use_awaitable);
}

// What was in the topic before this call was there before the next question, whoever else waits for
// its answer.
asio::awaitable<bool> SharedLog::catch_up_here(steady_clock::time_point until) {
  const std::uint64_t question = last_question_ + 1;
  wanted_question_ = question;
  if (!asking_) run(ask_for_end());
  asio::steady_timer timer(executor_);
  const auto waits = [&] { return !stopped_ && diverged_.empty() && steady_clock::now() < until; };
  while (answered_question_ < question && waits())
    co_await pause_for(timer, catch_up_pause);
  if (answered_question_ < question || !end_) co_return false;
  const std::int64_t end = *end_;
  while (next_ < end && waits())
    co_await pause_for(timer, catch_up_pause);
  co_return next_ >= end;
}

asio::awaitable<void> SharedLog::ask_for_end() {
  const Raised asking(asking_, copied_);
  while (last_question_ < wanted_question_ && !stopped_) {
    const std::uint64_t question = ++last_question_;
    const auto ends = co_await subscriber_->ends();
    end_.reset();
    if (ends)
      if (const auto end = ends->find({options_.endpoint.topics.front(), only_partition});
          end != ends->end())
        end_ = end->second;
    answered_question_ = question;
  }
}

void SharedLog::stop() {
  if (std::exchange(stopped_, true)) return;
  producer_.stop();
  if (subscriber_) subscriber_->stop();
  fail(steady_clock::time_point::max());
  retrying_.cancel();
  giving_up_.cancel();
  arrived_.tell();
  copied_.tell();
}

asio::awaitable<void> SharedLog::ended() {
  while (running_ > 0)
    co_await one_ended_.wait();
}

}  // namespace vtp
