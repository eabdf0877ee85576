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

constexpr std::size_t answers_that_show = 2;  // the second says that it was not the last

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

// sent: all of the event is. was_answered: something was, so that we are allowed.
std::string why_no_answer(const Connection& connection, bool sent, bool was_answered) {
  if (connection.ending() == Ending::too_large) return connection.ending_text();
  const bool lost = connection.ending() == Ending::closed || connection.ending() == Ending::cut;
  return fmt::format("{} before {}{}", connection.ending_text(),
                     sent ? "it answered" : "all of the event was sent",
                     lost && !was_answered ? "; does it allow authors at our address?" : "");
}

bool says_seen(const Answer& answer) {
  return answer.outcome == Outcome::refused &&
         answer.reason.find(previously_seen) != std::string::npos;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::refused:
      return "refused";
    case Outcome::put_off:
      return "put off";
    case Outcome::no_answer:
      return "no answer";
    case Outcome::not_sent:
      return "not sent";
  }
  return "";
}

// An event in our hands, until its answer is there.
struct Author::Entry {
  const std::string& ivorn;
  const std::string& event;
  Change settled;  // the answer is there
  std::optional<Answer> answer{};
  bool writing = false;  // to this connection
  bool sent = false;     // all of it, on this connection
  bool tried = false;    // all of it, on an earlier connection that ended without the answer
  std::optional<steady_clock::time_point> give_up{};  // once it has failed
};

// One connection, which two coroutines share while there are events: one sends and one hears.
struct Author::Link {
  Link(asio::any_io_executor executor, const Dialed& dialed, std::size_t max_answer)
      : connection(dialed.socket, dialed.peer.name, max_answer), change(std::move(executor)) {}

  Connection connection;
  Change change;              // whatever either of the two may wait for
  std::size_t answered = 0;   // events so far
  std::size_t under_way = 0;  // so many of the first entries
  std::size_t bytes = 0;      // of them
  bool hearing = false;
  bool sending = false;
  bool astray = false;  // an answer came that is for none of them
};

Author::Author(asio::any_io_executor executor, Endpoint broker, AuthorOptions options,
               const Diagnostics& diagnostics)
    : executor_(std::move(executor)),
      broker_(std::move(broker)),
      options_(options),
      diagnostics_(diagnostics),
      back_off_(options.first_pause, options.longest_pause),
      pausing_(executor_) {}

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
  if (dialer && !entries_.front()->tried) dialer->stop();
}

// Sees the events through, by one connection after another, until there are none.
asio::awaitable<void> Author::run() {
  while (!entries_.empty()) {
    if (stopped_ && !entries_.front()->tried) {
      settle({Outcome::not_sent, text_of(broker_), "interrupted"});
      continue;
    }
    std::optional<Answer> none = co_await deliver();
    if (none) co_await try_again(*std::move(none));
  }
  running_ = false;
}

// Sends events and hears answers, on the connection that was kept or a new one, until all have theirs or
// it has ended. Returns why the first of those that are left counts as one without an answer, or put off,
// if it does.
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
  if (link.under_way > 0) link.connection.stop();  // also what is being written
  link.change.tell();
  while (link.sending)
    co_await link.change.wait();
  if (link.under_way > 0) none = part(link, std::move(none));
  if (link.under_way > 0 || link.astray) link_.reset();
  co_return none;
}

asio::awaitable<std::optional<Answer>> Author::connect() {
  const auto dialer = std::make_shared<Dialer>();
  dialer_ = dialer;
  const auto dialed = co_await dialer->dial(broker_, options_.timeout);
  if (!dialed) co_return Answer{Outcome::no_answer, text_of(broker_), dialed.problem()};
  link_ = std::make_unique<Link>(executor_, *dialed, options_.max_answer);
  diagnostics_.debug("Connected to {}", link_->connection.peer());
  co_return std::nullopt;
}

// Until all is done, or nothing more can be sent; what may have been answered is for the other to hear.
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
  if (stopped_ && !next.tried) return false;
  return link.answered >= answers_that_show && link.under_way < most_events_under_way &&
         link.bytes + next.event.size() <= most_bytes_under_way;
}

// Until every event has its answer, or the connection ends, or an answer comes that cannot be one; returns
// that if it is no answer at all, or one that is worth another try.
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
    if (answer.outcome == Outcome::no_answer) co_return answer;
    // What was sent behind it is likely to fare no better.
    if (answer.outcome == Outcome::put_off && options_.retry.count() > 0) co_return answer;
    if (entry.tried && says_seen(answer))
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

// The first answer on a connection can only be for its first event, whatever it says.
bool Author::may_be_for(const Link& link, const Entry& entry,
                        const Result<Transport>& message) const {
  if (link.answered == 0 || !message || message->origin.empty() || message->origin == entry.ivorn)
    return true;
  diagnostics_.debug("{} answered for VOEvent {} instead of {}", link.connection.peer(),
                     message->origin, entry.ivorn);
  return false;
}

// Takes back what is under way on a connection that is done with. none: the answer of the first that is none.
// Returns the same, or another if it had none because the connection failed it.
std::optional<Answer> Author::part(Link& link, std::optional<Answer> none) {
  Connection& connection = link.connection;
  const bool lost = connection.ending() == Ending::closed || connection.ending() == Ending::cut;
  // A broker may close what it has kept for a while, just when the next event comes.
  const bool blameless = link.astray || (link.answered > 0 && lost &&
                                         (link.under_way > 1 || !connection.within_frame()));
  if (!none && !blameless)
    none = Answer{Outcome::no_answer, connection.peer(),
                  why_no_answer(connection, entries_.front()->sent, was_answered_)};
  for (std::size_t i = 0; i < link.under_way; ++i) {
    entries_[i]->tried = entries_[i]->tried || entries_[i]->sent;
    entries_[i]->sent = false;
  }
  return none;
}

// The first event, after a pause, unless its time is over.
asio::awaitable<void> Author::try_again(Answer answer) {
  Entry& entry = *entries_.front();
  if (stopped_ && !entry.tried) co_return;
  const auto now = steady_clock::now();
  const bool first_time = !entry.give_up;
  if (first_time) entry.give_up = now + options_.retry;
  const auto left = std::chrono::ceil<milliseconds>(*entry.give_up - now);
  if (!stopped_ && left.count() > 0) {
    const milliseconds pause = std::min(back_off_.next(), left);
    diagnostics_.say(first_time ? Level::info : Level::debug,
                     "{} {} for VOEvent {} ({}); trying again in {:.1f} s",
                     answer.outcome == Outcome::put_off ? "Not now from" : "No answer from",
                     answer.broker, entry.ivorn, answer.reason,
                     std::chrono::duration<double>(pause).count());
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
