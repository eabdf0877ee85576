// The author's side: submits events to a broker and receives the replies.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/author/answer.h"
#include "lib/author/submitter.h"
#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/base/result.h"
#include "lib/net/coroutine.h"
#include "lib/net/dial.h"
#include "lib/net/endpoint.h"
#include "lib/tls/client.h"
#include "lib/vtp/transport.h"

namespace vtp {

struct AuthorOptions {
  std::chrono::milliseconds timeout{20'000};  // timeout for connecting, and for each reply
  std::size_t max_answer = 64 * 1024;         // bytes; replies have a few hundred
  std::chrono::milliseconds retry{
      0};  // how long an event that is put off or gets no reply is retried; 0: not at all
  std::chrono::milliseconds first_pause{500};       // before the first retry
  std::chrono::milliseconds longest_pause{30'000};  // pauses double up to this
  std::shared_ptr<const TlsClient> tls{};  // for endpoints with TLS; nullptr: there are none
  // A broker that refuses us as an author, whatever the event is, puts the event off.
  bool waits_for_admission = false;
  // Called before each retry with what made it necessary; if empty, the diagnostics say so once for
  // each event.
  std::function<void(const Answer&)> on_retry{};
};

// For AuthorOptions::retry: an event is retried until it is accepted or refused.
inline constexpr std::chrono::milliseconds retry_forever = std::chrono::hours(24 * 365 * 100);

// The most that is sent ahead of replies on one connection; a larger event is sent alone.
inline constexpr std::size_t most_events_under_way = 16;
inline constexpr std::size_t most_bytes_under_way = 256 * 1024;

// An author of one broker, with one connection at a time (VOEvent Transport Protocol 2.0, section
// 4.1), which is kept for the next event if the broker leaves it open.
//
// A broker need not leave it open, and many close after each reply. So each event waits for the
// reply to the one before, until the broker has replied twice on a connection: after that, events
// are sent on it without waiting for replies. Rejected: to send ahead on every connection. If a
// broker closes with unread input, the system resets the connection, and the reply that it sent may
// be lost.
//
// One thread, that of the executor. All arguments must live longer, and this object must outlive
// the executor's last step.
class Author final : public Submitter {
 public:
  Author(asio::any_io_executor executor, Endpoint broker, AuthorOptions options,
         const Diagnostics& diagnostics);
  ~Author() override;
  Author(const Author&) = delete;
  Author& operator=(const Author&) = delete;

  // An event is sent again on a new connection if its connection had replied to other events and
  // ended before this reply, or if the reply was for another event. An event that is put off, or
  // that gets no reply as the first on its connection, is retried as the options say. If the broker
  // then refuses it as previously seen, the earlier attempt has succeeded: that is `accepted`. If
  // it then refuses us as an author, what became of the earlier attempt is open: `no_answer`.
  [[nodiscard]] asio::awaitable<Answer> submit(const std::string& ivorn,
                                               const std::string& event) override;

  // True once the broker has shown that it keeps the connection.
  [[nodiscard]] bool sends_ahead() const override;

  void stop() override;

  // After stop(): does not wait for outcomes either. Events that were sent get `no_answer`.
  void break_off();

  // Once all events have their outcomes: closes the connection. Then this object may be destroyed,
  // also before the executor's last step.
  [[nodiscard]] asio::awaitable<void> close();

 private:
  struct Entry;
  struct Link;

  asio::awaitable<void> run();
  asio::awaitable<std::optional<Answer>> deliver();
  asio::awaitable<std::optional<Answer>> connect();
  asio::awaitable<void> send_events(Link& link);
  asio::awaitable<std::optional<Answer>> hear_answers(Link& link);
  [[nodiscard]] bool is_left_out(const Entry& entry) const;
  [[nodiscard]] bool may_send(const Link& link) const;
  [[nodiscard]] bool may_be_for(const Link& link, const Entry& entry,
                                const Result<Transport>& message) const;
  [[nodiscard]] Answer refusal_of_us(const Entry& entry, Answer answer) const;
  [[nodiscard]] std::optional<Answer> part(Link& link, std::optional<Answer> none);
  asio::awaitable<void> try_again(Answer answer);
  void settle(Answer answer);

  asio::any_io_executor executor_;
  Endpoint broker_;
  AuthorOptions options_;
  const Diagnostics& diagnostics_;
  BackOff back_off_;
  asio::steady_timer pausing_;
  std::deque<Entry*> entries_;    // in the order of sending
  std::unique_ptr<Link> link_;    // while there is a connection
  std::weak_ptr<Dialer> dialer_;  // while it is connecting
  Change ended_;                  // run() has ended
  bool running_ = false;
  bool stopped_ = false;
  bool broken_off_ = false;
  bool was_answered_ = false;  // at least once
};

}  // namespace vtp
