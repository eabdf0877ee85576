#include "lib/subscriber/subscriber.h"

#include <algorithm>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/net/coroutine.h"
#include "lib/subscriber/conversation.h"
#include "lib/vtp/resumption.h"

namespace vtp {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr const char* anonymous = "ivo://anonymous/subscriber";
constexpr milliseconds goodbye_timeout{1'000};  // timeout for sending our last replies

}  // namespace

Subscriber::Subscriber(asio::any_io_executor executor, SubscriberOptions options, Take take,
                       const Clock& clock, const Diagnostics& diagnostics, ToldCaughtUp caught_up)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      take_(std::move(take)),
      caught_up_(std::move(caught_up)),
      clock_(clock),
      diagnostics_(diagnostics),
      peer_diagnostics_(std::make_shared<PeerDiagnostics>(clock, diagnostics)),
      acks_(TransportRole::ack, options_.local_ivo),
      pausing_(executor_),
      back_off_(options_.first_pause, options_.longest_pause),
      cursor_(options_.resume_after) {}

asio::awaitable<Departure> Subscriber::run() {
  while (!stopped_) {
    auto dialed = co_await dial();
    if (stopped_) break;
    if (dialed) {
      const auto begin = steady_clock::now();
      const auto conversation = std::make_shared<Conversation>(
          executor_, std::move(dialed).value(), options_.max_size, peer_diagnostics_);
      const Connection& connection = conversation->connection;
      was_connected_ = true;
      diagnostics_.debug("Connected to {}", connection.peer());
      co_await converse(conversation);
      if (stopped_ || has_all_) break;
      if (!cannot_have_all_ || conversation->for_authors || !conversation->refused.empty())
        report_end(*conversation);
      if (cannot_have_all_) co_return Departure::unreachable;
      // A message that is too large would come again after our cursor, repeatedly.
      if (connection.ending() == Ending::too_large) cursor_.reset();
      if (conversation->failed) go_back(*conversation);
      if (steady_clock::now() - begin >= options_.settled) {
        back_off_.reset();
        tried_ = 0;
      }
    } else {
      diagnostics_.warning("{}: {}", text_of(broker()), dialed.problem());
    }
    if (turn_to_next()) continue;
    if (!options_.reconnect) co_return Departure::unreachable;
    co_await pause();
  }
  co_return Departure::stopped;
}

asio::awaitable<Result<Dialed>> Subscriber::dial() {
  const auto dialer = std::make_shared<Dialer>(options_.tls);
  dialer_ = dialer;
  co_return co_await dialer->dial(broker(), options_.connect_timeout);
}

void Subscriber::stop() {
  stopped_ = true;
  pausing_.cancel();
  if (const auto dialer = dialer_.lock()) dialer->stop();
  if (const auto conversation = conversation_.lock()) conversation->stop();
}

asio::awaitable<void> Subscriber::converse(ConversationPtr conversation) {
  Conversation& it = *conversation;
  conversation_ = conversation;
  it.began_at = cursor_;
  it.resume_by = steady_clock::now() + options_.resume_timeout;
  try {
    if (wants_resuming())
      begin(conversation, &Conversation::awaits_resuming, await_resuming(conversation));
    begin(conversation, &Conversation::awaits_greeting, await_greeting(conversation));
    co_await read_on(conversation);
  } catch (...) {
    fail(it, std::current_exception());
  }
  it.ending = true;
  it.connection.no_deadline();
  while (it.under_way > 0)
    co_await it.change.wait();
  it.connection.deadline(options_.silence);
  it.resume_timer.cancel();
  it.greeting_timer.cancel();
  while (it.writing || it.awaits_resuming || it.awaits_greeting)
    co_await it.change.wait();
  if (!has_all_) co_return;
  it.connection.deadline(goodbye_timeout);
  co_await it.connection.finish();
}

asio::awaitable<void> Subscriber::read_on(ConversationPtr conversation) {
  Conversation& it = *conversation;
  while (!it.ending) {
    const bool has_room = co_await room(it);
    if (!has_room) break;
    auto payload = co_await it.connection.read();
    if (!payload) break;
    Examined found;
    if (options_.worker && payload->size() > large_message)
      found = co_await examine_beside(*payload);
    else
      found = examine(*payload, checker_, options_.whole_headline);
    take_message(conversation, std::move(*payload), std::move(found));
    if (!it.writing && !it.answers.empty()) co_await write_answers(it);
  }
}

// Events that were not taken because of the exception come again.
void Subscriber::fail(Conversation& it, const std::exception_ptr& problem) {
  it.failed = true;
  it.ending = true;
  it.connection.stop();
  it.change.tell();
  diagnostics_.error("Session with {} failed: {}", it.connection.peer(), reason_of(problem));
}

void Subscriber::go_back(const Conversation& it) {
  const auto& reached = it.taken.reached();
  cursor_ = reached && reached->number > it.before_resuming ? reached->digest : it.began_at;
}

// Waits until another message may be read; false if the connection has ended before. Waiting is our
// delay while events are being taken, and the broker's while it does not read our replies.
asio::awaitable<bool> Subscriber::room(Conversation& it) {
  while (!stopped_ && !it.broken && !it.ending) {
    if (it.under_way >= options_.most_under_way ||
        it.bytes_under_way >= options_.most_bytes_under_way) {
      it.connection.no_deadline();
    } else {
      it.connection.deadline(options_.silence);
      if (it.unwritten() < options_.most_under_way) co_return true;
    }
    co_await it.change.wait();
  }
  co_return false;
}

// On the worker, since it would delay the event loop for too long.
asio::awaitable<Examined> Subscriber::examine_beside(std::string_view payload) {
  auto step = [this, payload](const Slice&) {
    return std::optional(examine(payload, large_checker_, options_.whole_headline));
  };
  co_return co_await options_.worker->run(account_, std::move(step));
}

void Subscriber::take_message(const ConversationPtr& conversation, std::string payload,
                              Examined found) {
  Conversation& it = *conversation;
  switch (found.what) {
    case Examined::What::event:
      greet(it);
      take_event(conversation, std::move(payload), std::move(found));
      return;
    case Examined::What::unfit:
      greet(it);
      cursor_ = found.digest;
      it.diagnostics.refusal(
          Level::warning, "VOEvent {} from {} skipped: {}",
          found.headline.ivorn.empty() ? "without an ivorn" : found.headline.ivorn,
          it.connection.peer(), found.reason);
      return;
    case Examined::What::no_voevent:
      break;
  }
  const auto message = parse_transport(payload);
  if (message) return answer(it, *message);
  it.diagnostics.fault("{} sent {} bytes that are neither a VOEvent nor a Transport message ({})",
                       it.connection.peer(), payload.size(), found.reason);
}

void Subscriber::take_event(const ConversationPtr& conversation, std::string payload,
                            Examined found) {
  Conversation& it = *conversation;
  auto event = std::make_shared<const Event>(
      Event{std::move(payload), found.digest, std::move(found.headline)});
  const auto turn = it.taken.begin({it.handed_on + 1, found.digest});
  ++it.handed_on;
  cursor_ = found.digest;
  UnderWay under_way(conversation, event->bytes.size());
  spawn(executor_, hand_on(std::move(under_way), std::move(event), turn),
        [this, conversation](const std::exception_ptr& problem) {
          if (problem) fail(*conversation, problem);
        });
}

asio::awaitable<void> Subscriber::hand_on(UnderWay under_way, EventPtr event, std::uint64_t turn) {
  Conversation& it = under_way.conversation();
  const bool taken = co_await take_(event, it.connection.peer());
  if (taken) say(it, acks_.fill(event->headline.ivorn, clock_.now()));
  if (it.taken.finish(turn)) tell_caught_up(it);
  under_way.end();
  if (!it.writing) co_await write_answers(it);
}

void Subscriber::say(Conversation& it, std::string_view answer) {
  if (it.broken) return;
  it.answers.add(answer);
  it.change.tell();
}

// Writes all waiting replies, until there are none, unless another coroutine is writing already.
// Started directly, so that a subscriber that is stopped by an event still acknowledges that event.
asio::awaitable<void> Subscriber::write_answers(Conversation& it) {
  if (it.writing) co_return;
  const Raised writing(it.writing, it.change);
  while (!it.answers.empty()) {
    std::swap(it.answers, it.written);
    const std::vector<std::string_view> payloads = it.written.all();
    const bool written = co_await it.connection.write(payloads);
    it.written.clear();
    it.change.tell();
    if (written) continue;
    it.broken = true;
    it.answers.clear();
    it.connection.stop();
  }
}

// waiting: the member of the conversation that is true while this coroutine runs.
void Subscriber::begin(const ConversationPtr& conversation, bool Conversation::*waiting,
                       asio::awaitable<void> work) {
  (*conversation).*waiting = true;
  spawn(executor_, std::move(work),
        [this, conversation, waiting](const std::exception_ptr& problem) {
          (*conversation).*waiting = false;
          conversation->change.tell();
          if (problem) fail(*conversation, problem);
        });
}

// Brokers send first, when we connect or within some minutes. A server for authors replies to us;
// so does a web server to a request that it does not understand, which a line break ends.
asio::awaitable<void> Subscriber::await_greeting(ConversationPtr conversation) {
  Conversation& it = *conversation;
  asio::error_code over;
  it.greeting_timer.expires_after(options_.greeting_timeout);
  co_await it.greeting_timer.async_wait(asio::redirect_error(asio::use_awaitable, over));
  if (it.greeted || it.ending || stopped_) co_return;
  diagnostics_.info("Connected to {}, which has not sent anything yet", it.connection.peer());
  Transport alive;
  alive.role = TransportRole::iamalive;
  alive.origin = options_.local_ivo.empty() ? anonymous : options_.local_ivo;
  say(it, to_xml(alive, clock_.now()) + "\n");
  if (!it.writing) co_await write_answers(it);
}

bool Subscriber::wants_resuming() const {
  return options_.resume_after || options_.since || options_.until_now;
}

// Of several brokers, the next one may get an event a moment later than the one that was lost.
Resumption Subscriber::wish() const {
  const bool may_wait = cursor_ && options_.brokers.size() > 1;
  return {cursor_, options_.since, may_wait ? options_.resume_wait : std::chrono::seconds(0)};
}

asio::awaitable<void> Subscriber::await_resuming(ConversationPtr conversation) {
  Conversation& it = *conversation;
  asio::error_code ignored;
  while (!it.resuming && !it.ending && steady_clock::now() < it.resume_by) {
    it.resume_timer.expires_at(it.resume_by);
    co_await it.resume_timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (!it.resuming && !it.ending && !stopped_) {
    if (!std::exchange(told_of_no_resuming_, true))
      diagnostics_.warning("{} does not support resuming: only new events come",
                           it.connection.peer());
    if (options_.until_now) {
      cannot_have_all_ = true;
      it.stop();
    }
  }
}

// True if it has not been tried since the last success, nor since the last pause.
bool Subscriber::turn_to_next() {
  current_ = (current_ + 1) % options_.brokers.size();
  tried_ = (tried_ + 1) % options_.brokers.size();
  if (tried_ > 0) diagnostics_.info("Trying {} instead", text_of(broker()));
  return tried_ > 0;
}

asio::awaitable<void> Subscriber::pause() {
  const milliseconds length = back_off_.next();
  diagnostics_.info("Trying {} again in {:.1f} s", text_of(broker()),
                    std::chrono::duration<double>(length).count());
  pausing_.expires_after(length);
  asio::error_code ignored;
  co_await pausing_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace vtp
