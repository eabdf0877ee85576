// The author's side: hands events to a broker and learns what became of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/base/result.h"
#include "lib/net/dial.h"
#include "lib/net/endpoint.h"
#include "lib/vtp/transport.h"

namespace vtp {

// In the order of how bad they are.
enum class Outcome {
  accepted,   // the broker acknowledged the event
  refused,    // it will not have it; trying again is no use
  put_off,    // it cannot store events now; worth another try
  no_answer,  // no connection, no answer in time, or none that can be understood; worth another try
  not_sent    // it never went out: we were told to stop before
};

// "accepted", "refused", "put off", "no answer", "not sent".
[[nodiscard]] std::string_view name_of(Outcome outcome);

struct Answer {
  Outcome outcome = Outcome::no_answer;
  std::string broker;  // who answered, by address; the name that was asked for if nobody did
  std::string
      reason;  // of a refusal the broker's words, else ours; one line; may be empty if accepted
};

struct AuthorOptions {
  std::chrono::milliseconds timeout{20'000};  // for connecting, and again for each answer
  std::size_t max_answer = 64 * 1024;         // bytes; brokers' answers have a few hundred
  std::chrono::milliseconds retry{
      0};  // how long an event without an answer, or put off, is tried again; 0: not at all
  std::chrono::milliseconds first_pause{500};       // before it is tried again
  std::chrono::milliseconds longest_pause{30'000};  // it doubles, up to this
};

// So much is sent, at most, on one connection before its answer is there; a larger event goes alone.
inline constexpr std::size_t most_events_under_way = 16;
inline constexpr std::size_t most_bytes_under_way = 256 * 1024;

// An author of one broker, over one connection at a time (VOEvent Transport Protocol 2.0, section
// 4.1), which is kept for the next event where the broker leaves it open.
//
// A broker need not do that, and many close after each answer. So the next event waits for the answer
// to the one before, until the broker has answered twice on a connection: from then on events go out
// on that without waiting for each answer. Rejected: to send ahead on every connection. A broker that
// closes with something unread makes the system reset the connection, and may take from us the
// answer that it has sent.
//
// Runs on one thread, that of the executor. What it is given must live longer, and so must it itself
// than the executor's last step.
class Author {
 public:
  Author(asio::any_io_executor executor, Endpoint broker, AuthorOptions options,
         const Diagnostics& diagnostics);
  ~Author();
  Author(const Author&) = delete;
  Author& operator=(const Author&) = delete;

  // Sends an event, bytes exact, and waits for its answer. Any number may wait at once: they go out
  // in the order of their calls. `ivorn` is the event's; both must live until it is done.
  //
  // An event that was sent on a connection which had answered others, and which ended before it
  // answered this one, is sent again on a new one, and so is one whose answer is for another event. An event
  // that gets no answer although it was the first on its connection, or that is put off, is tried again
  // as the options say. If the broker then refuses it as previously seen, it has it from the earlier
  // try: that is `accepted`.
  [[nodiscard]] asio::awaitable<Answer> submit(const std::string& ivorn, const std::string& event);

  // True once the broker has shown that it keeps the connection: events that are submitted now go out
  // before those before them are answered.
  [[nodiscard]] bool sends_ahead() const;

  // What was sent gets its answer, or ends without one for good; what was not is `not_sent`, and so
  // is all that is submitted from here on.
  void stop();

 private:
  struct Entry;
  struct Link;

  asio::awaitable<void> run();
  asio::awaitable<std::optional<Answer>> deliver();
  asio::awaitable<std::optional<Answer>> connect();
  asio::awaitable<void> send_events(Link& link);
  asio::awaitable<std::optional<Answer>> hear_answers(Link& link);
  [[nodiscard]] bool may_send(const Link& link) const;
  [[nodiscard]] bool may_be_for(const Link& link, const Entry& entry,
                                const Result<Transport>& message) const;
  [[nodiscard]] std::optional<Answer> part(Link& link, std::optional<Answer> none);
  asio::awaitable<void> try_again(Answer answer);
  void settle(Answer answer);

  asio::any_io_executor executor_;
  Endpoint broker_;
  AuthorOptions options_;
  const Diagnostics& diagnostics_;
  BackOff back_off_;
  asio::steady_timer pausing_;
  std::deque<Entry*> entries_;    // in the order in which they go out
  std::unique_ptr<Link> link_;    // while there is a connection
  std::weak_ptr<Dialer> dialer_;  // while it is at work
  bool running_ = false;
  bool stopped_ = false;
  bool was_answered_ = false;  // at any time
};

}  // namespace vtp
