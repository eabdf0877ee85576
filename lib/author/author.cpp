#include "lib/author/author.h"

#include <algorithm>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/net/connection.h"
#include "lib/net/coroutine.h"
#include "lib/vtp/nak_reasons.h"
#include "lib/vtp/transport.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t answers_that_show = 2;  // the second one proves that the connection is kept

Answer answer_in(const Result<Transport>& message, const std::string& broker) {
  if (!message) return {Outcome::no_answer, broker, "answered with " + message.problem()};
  switch (message->role) {
    case TransportRole::ack:
      return {Outcome::accepted, broker, ""};
    case TransportRole::nak:
      if (message->result.find(try_again_later) != std::string::npos)
        return {Outcome::put_off, broker, message->result};
      return {Outcome::refused, broker,
              message->result.empty() ? "no reason given" : message->result};
    case TransportRole::iamalive:
    case TransportRole::authenticate:
      break;
  }
  return {Outcome::no_answer, broker,
          "this is a port for subscribers; authors use another one, often 8098"};
}

bool is_refusal_of_us(const Result<Transport>& message) {
  return message && message->role == TransportRole::nak && message->origin.empty() &&
         refuses_author(message->result);
}

// sent: the whole event was sent. was_answered: the broker has replied before, so we are allowed.
std::string why_no_answer(const Connection& connection, bool sent, bool was_answered) {
  if (connection.ending() == Ending::too_large) return connection.ending_text();
  const bool lost = connection.ending() == Ending::closed || connection.ending() == Ending::cut;
  return fmt::format("{} before {}{}", connection.ending_text(),
                     sent ? "it answered" : "all of the event was sent",
                     lost && !was_answered ? "; does it allow authors at our address?" : "");
}

}  // namespace

// An event until its reply is there.
struct Author::Entry {
  const std::string& ivorn;
  const std::string& event;
  Change settled;  // the reply is there
  std::optional<Answer> answer{};
  bool writing = false;  // is being written to this connection
  bool sent = false;     // completely, on this connection
  bool tried = false;    // completely, on an earlier connection
  bool open = false;     // that ended without a reply: the broker may have the event
  std::optional<steady_clock::time_point> give_up{};  // set once it has failed
};

// One connection, shared by two coroutines while there are events: one sends, one receives.
struct Author::Link {
  Link(asio::any_io_executor executor, const Dialed& dialed, std::size_t max_answer)
      : connection(dialed.socket, dialed.peer.name, max_answer), change(std::move(executor)) {}

  Connection connection;
  Change change;              // of anything that one of the two waits for
  std::size_t answered = 0;   // events so far
  std::size_t under_way = 0;  // the number of first entries that were sent
  std::size_t bytes = 0;      // of those
  bool hearing = false;
  bool sending = false;
  bool astray = false;  // a reply was for none of them
};

Author::Author(asio::any_io_executor executor, Endpoint broker, AuthorOptions options,
               const Diagnostics& diagnostics)
    : executor_(std::move(executor)),
      broker_(std::move(broker)),
      options_(std::move(options)),
      diagnostics_(diagnostics),
      back_off_(options_.first_pause, options_.longest_pause),
      pausing_(executor_),
      ended_(executor_) {}

Author::~Author() = default;

asio::awaitable<Answer> Author::submit(const std::string& ivorn, const std::string& event) {
  Entry entry{ivorn, event, Change(executor_)};
  entries_.push_back(&entry);
  if (!std::exchange(running_, true)) asio::co_spawn(executor_, run(), unattended);
  if (link_) link_->change.tell();
  while (!entry.answer)
    co_await entry.settled.wait();
  co_return *std::move(entry.answer);
}

bool Author::sends_ahead() const { return link_ && link_->answered >= answers_that_show; }

void Author::stop() {
  stopped_ = true;
  pausing_.cancel();
  const auto dialer = dialer_.lock();
  if (dialer && is_left_out(*entries_.front())) dialer->stop();
}

void Author::break_off() {
  broken_off_ = true;
  stop();
  if (link_) link_->connection.stop();
}

asio::awaitable<void> Author::close() {
  while (running_)
    co_await ended_.wait();
  link_.reset();
}

// It is not sent any more, now that this is stopped.
bool Author::is_left_out(const Entry& entry) const {
  return stopped_ && (broken_off_ || !entry.tried);
}

// Sends all events, on one connection after another, until there are none.
asio::awaitable<void> Author::run() {
  while (!entries_.empty()) {
    if (is_left_out(*entries_.front())) {
      settle({Outcome::not_sent, text_of(broker_), "interrupted"});
      continue;
    }
    std::optional<Answer> none = co_await deliver();
    if (none) co_await try_again(*std::move(none));
  }
  running_ = false;
  ended_.tell();
}

// Sends events and receives replies, on the kept connection or a new one, until all have their
// reply or the connection ends. If the first remaining event counts as put off or without a reply,
// returns that.
asio::awaitable<std::optional<Answer>> Author::deliver() {
  if (link_ && !link_->connection.is_quiet()) link_.reset();
  if (!link_) {
    std::optional<Answer> none = co_await connect();
    if (none) co_return none;
  }
  Link& link = *link_;
  link.hearing = link.sending = true;
  asio::co_spawn(executor_, send_events(link), unattended);
  std::optional<Answer> none = co_await hear_answers(link);
  link.hearing = false;
  if (link.under_way > 0) link.connection.stop();  // also ends a write
  link.change.tell();
  while (link.sending)
    co_await link.change.wait();
  if (link.under_way > 0) none = part(link, std::move(none));
  if (link.under_way > 0 || link.astray) link_.reset();
  co_return none;
}

asio::awaitable<std::optional<Answer>> Author::connect() {
  const auto dialer = std::make_shared<Dialer>(options_.tls);
  dialer_ = dialer;
  const auto dialed = co_await dialer->dial(broker_, options_.timeout);
  if (!dialed) co_return Answer{Outcome::no_answer, text_of(broker_), dialed.problem()};
  link_ = std::make_unique<Link>(executor_, *dialed, options_.max_answer);
  diagnostics_.debug("Connected to {}", link_->connection.peer());
  co_return std::nullopt;
}

// Until all are sent, or nothing more can be sent; replies are received by the other coroutine.
asio::awaitable<void> Author::send_events(Link& link) {
  bool open = true;
  while (link.hearing && open) {
    if (!may_send(link)) {
      co_await link.change.wait();
      continue;
    }
    Entry& entry = *entries_[link.under_way];
    if (link.under_way == 0) link.connection.deadline(options_.timeout);
    ++link.under_way;
    link.bytes += entry.event.size();
    entry.writing = true;
    const bool sent = co_await link.connection.write(entry.event);
    entry.writing = false;
    entry.sent = open = sent;
    link.change.tell();
  }
  link.sending = false;
  link.change.tell();
}

bool Author::may_send(const Link& link) const {
  if (link.under_way == entries_.size()) return false;
  if (link.under_way == 0) return true;
  const Entry& next = *entries_[link.under_way];
  if (is_left_out(next)) return false;
  return link.answered >= answers_that_show && link.under_way < most_events_under_way &&
         link.bytes + next.event.size() <= most_bytes_under_way;
}

// Until every event has its reply, the connection ends, or a reply is invalid; returns the result
// if it is no reply or worth a retry.
asio::awaitable<std::optional<Answer>> Author::hear_answers(Link& link) {
  while (true) {
    const auto payload = co_await link.connection.read();
    if (!payload) co_return std::nullopt;
    Entry& entry = *entries_.front();
    // A broker may refuse an event before it has read all of it.
    while (entry.writing)
      co_await link.change.wait();
    const auto message = parse_transport(*payload);
    Answer answer = answer_in(message, link.connection.peer());
    link.astray = link.under_way == 0 || !may_be_for(link, entry, message);
    if (link.astray) co_return std::nullopt;
    if (is_refusal_of_us(message)) answer = refusal_of_us(entry, std::move(answer));
    if (answer.outcome == Outcome::no_answer) co_return answer;
    // The events sent after it will probably be put off as well.
    if (answer.outcome == Outcome::put_off && options_.retry.count() > 0) co_return answer;
    if (entry.tried && is_previously_seen(answer))
      answer = {Outcome::accepted, answer.broker, "the broker has it from an earlier try"};
    ++link.answered;
    was_answered_ = true;
    --link.under_way;
    link.bytes -= entry.event.size();
    settle(std::move(answer));
    back_off_.reset();
    const bool ending = stopped_ || link.connection.ending() != Ending::none;
    if (entries_.empty() || (link.under_way == 0 && ending)) co_return std::nullopt;
    link.connection.deadline(options_.timeout);
    link.change.tell();
  }
}

// The first reply on a connection can only be for its first event, whatever it says.
bool Author::may_be_for(const Link& link, const Entry& entry,
                        const Result<Transport>& message) const {
  if (link.answered == 0 || !message || message->origin.empty() || message->origin == entry.ivorn)
    return true;
  diagnostics_.debug("{} answered for VOEvent {} instead of {}", link.connection.peer(),
                     message->origin, entry.ivorn);
  return false;
}

// The broker has not looked at the event.
Answer Author::refusal_of_us(const Entry& entry, Answer answer) const {
  if (options_.waits_for_admission) {
    answer.outcome = Outcome::put_off;
  } else if (entry.open) {
    answer.outcome = Outcome::no_answer;
    answer.reason = "the connection ended before it answered; now it says: " + answer.reason;
  }
  return answer;
}

// Takes back the events in flight on a connection that has ended. none: the result for the first of
// them if it has no reply. Returns that, or another result if the connection caused the failure.
std::optional<Answer> Author::part(Link& link, std::optional<Answer> none) {
  Connection& connection = link.connection;
  const bool lost = connection.ending() == Ending::closed || connection.ending() == Ending::cut;
  // A broker may close a connection that it kept for a while just when the next event is sent.
  const bool blameless = link.astray || (link.answered > 0 && lost &&
                                         (link.under_way > 1 || !connection.within_frame()));
  if (!none && !blameless)
    none = Answer{Outcome::no_answer, connection.peer(),
                  why_no_answer(connection, entries_.front()->sent, was_answered_)};
  const bool answered = none && none->outcome == Outcome::put_off;
  for (std::size_t i = 0; i < link.under_way; ++i) {
    Entry& entry = *entries_[i];
    entry.tried = entry.tried || entry.sent;
    entry.open = entry.open || (entry.sent && !(i == 0 && answered));
    entry.sent = false;
  }
  return none;
}

// Retries the first event after a pause, unless its time is over.
asio::awaitable<void> Author::try_again(Answer answer) {
  Entry& entry = *entries_.front();
  if (is_left_out(entry)) co_return;
  const auto now = steady_clock::now();
  const bool first_time = !entry.give_up;
  if (first_time) entry.give_up = now + options_.retry;
  const auto left = std::chrono::ceil<milliseconds>(*entry.give_up - now);
  if (!stopped_ && left.count() > 0) {
    const milliseconds pause = std::min(back_off_.next(), left);
    if (options_.on_retry)
      options_.on_retry(answer);
    else
      diagnostics_.say(
          first_time ? Level::info : Level::debug,
          "{1} {0} for VOEvent {2} ({3}); trying again in {4:.1f} s",
          answer.outcome == Outcome::put_off ? "is temporarily unavailable" : "gave no answer",
          answer.broker, entry.ivorn, answer.reason, std::chrono::duration<double>(pause).count());
    if (is_left_out(entry)) co_return;
    pausing_.expires_after(pause);
    asio::error_code ignored;
    co_await pausing_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!stopped_ || !entry.tried) co_return;
  }
  settle(std::move(answer));
}

void Author::settle(Answer answer) {
  Entry& entry = *entries_.front();
  entries_.pop_front();
  entry.answer = std::move(answer);
  entry.settled.tell();
}

}  // namespace vtp
