// The subscriber's side: listens to one broker, acknowledges, stays connected.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/net/connection.h"
#include "lib/net/dial.h"
#include "lib/net/endpoint.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/worker.h"
#include "lib/voevent/check.h"
#include "lib/voevent/event.h"
#include "lib/voevent/examined.h"
#include "lib/vtp/transport.h"

namespace vtp {

struct Conversation;
class UnderWay;

struct SubscriberOptions {
  Endpoint broker;
  std::string local_ivo;                   // our own IVOID, in every answer; empty: anonymous
  std::vector<std::string> filters;        // XPath, for brokers that know filters
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one event
  // Of each event; otherwise perhaps only its ivorn and role, which costs a fraction.
  bool whole_headline = true;
  // Where to begin, if the broker knows how to resume (vtp(7)): behind this event, which we have; or, if it
  // does not know that, with what it received from this time on. With neither: with what comes.
  std::optional<Digest> resume_after;
  std::optional<Time> since;
  bool until_now = false;    // end once we have what the broker had when we connected
  Worker* worker = nullptr;  // for large messages; none: they are looked at as the others are
  // What `take` is at work for at the same time: so many events, and no further one beyond so many bytes.
  std::size_t most_under_way = 1;
  std::size_t most_bytes_under_way = 16 * 1024 * 1024;
  bool reconnect = true;
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::milliseconds silence{150'000};         // without a word: the connection is dead
  std::chrono::milliseconds greeting_timeout{5'000};  // then we speak first, to see what is there
  std::chrono::milliseconds resume_timeout{10'000};   // then the broker does not know how to resume
  std::chrono::milliseconds first_pause{1'000};       // before the first new try
  std::chrono::milliseconds longest_pause{300'000};   // it doubles, up to this
  std::chrono::milliseconds settled{60'000};  // a connection that lived so long starts afresh
};

// How a subscriber came to its end.
enum class Departure {
  stopped,  // by stop(), or it had all that it wanted
  // There is no connection, or it was lost, and it was not to try again; or the broker cannot say when we
  // have all, and that was wanted.
  unreachable
};

// Runs on one thread, that of the executor. What it is given must live longer.
class Subscriber {
 public:
  // Takes an event from a peer; true if it is to be acknowledged. It is called in the order in which
  // events come; the next one waits until there is less at work than options say.
  using Take = std::function<asio::awaitable<bool>(EventPtr event, std::string peer)>;

  // Told by a broker that knows how to resume, each time it has nothing more for us, once what it sent
  // before has been taken: which event is the last in its log, or, where that is empty, the digest of no event (all
  // zeros), behind which is all that comes. What we did not want is before that too.
  using ToldCaughtUp = std::function<void(const Digest& last)>;

  Subscriber(asio::any_io_executor executor, SubscriberOptions options, Take take,
             const Clock& clock, const Diagnostics& diagnostics, ToldCaughtUp caught_up = {});

  // Connects, and hands each event that a broker may relay to `take` (acceptance.h, the rule for events
  // from upstream); what is none is logged (peer_diagnostics.h). Answers authenticate and iamalive (VOEvent Transport
  // Protocol 2.0, section 4.2), and never sends a nak. It is subscribed, which is logged, once the broker has sent
  // one of those or an event. To a peer that sends nothing it sends one iamalive of its own, which makes other
  // servers show what they are: that is logged. When the connection is lost, or silent for too
  // long, it connects again, after a pause that doubles each time and varies by chance, so that many
  // do not come back at once; and asks the broker to go on behind the last event that was handed on.
  // What `take` throws, or memory that runs out, ends the connection with a line in the log; then the broker
  // is asked to go on behind the last event up to which all were taken. Ends after stop(), or as options say.
  // Once; but again if it was ended by what it threw.
  [[nodiscard]] asio::awaitable<Departure> run();

  // Ends run(), at once unless `take` is at work. Safe to call again.
  void stop();

  // It has had all that was wanted until now.
  [[nodiscard]] bool has_all() const { return has_all_; }

  // How far it has come, for people: "never connected", "connected, and heard nothing", "events still come".
  [[nodiscard]] std::string state_text() const;

 private:
  using ConversationPtr = std::shared_ptr<Conversation>;

  asio::awaitable<Result<Dialed>> dial();
  asio::awaitable<void> converse(ConversationPtr conversation);
  asio::awaitable<void> read_on(ConversationPtr conversation);
  void fail(Conversation& conversation, const std::exception_ptr& problem);
  void go_back(const Conversation& conversation);
  asio::awaitable<bool> room(Conversation& conversation);
  asio::awaitable<Examined> examine_beside(std::string_view payload);
  void take_message(const ConversationPtr& conversation, std::string payload, Examined found);
  void take_event(const ConversationPtr& conversation, std::string payload, Examined found);
  asio::awaitable<void> hand_on(UnderWay under_way, EventPtr event, std::uint64_t turn);
  void answer(Conversation& conversation, const Transport& message);
  void heed(Conversation& conversation, const Transport& alive);
  void tell_caught_up(Conversation& conversation);
  void say(Conversation& conversation, std::string_view answer);
  asio::awaitable<void> write_answers(Conversation& conversation);
  void greet(Conversation& conversation);
  void begin(const ConversationPtr& conversation, bool Conversation::*waiting,
             asio::awaitable<void> work);
  asio::awaitable<void> await_greeting(ConversationPtr conversation);
  void report_end(const Conversation& conversation) const;
  asio::awaitable<void> await_resuming(ConversationPtr conversation);
  [[nodiscard]] bool wants_resuming() const;
  asio::awaitable<void> pause();

  asio::any_io_executor executor_;
  SubscriberOptions options_;
  Take take_;
  ToldCaughtUp caught_up_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  std::shared_ptr<PeerDiagnostics> peer_diagnostics_;
  Checker checker_;
  Checker large_checker_;  // the worker's
  AccountPtr account_ = std::make_shared<Account>();
  AnswerForm acks_;
  asio::steady_timer pausing_;
  BackOff back_off_;
  std::weak_ptr<Dialer> dialer_;              // while it is at work
  std::weak_ptr<Conversation> conversation_;  // while there is one
  std::optional<Digest> cursor_;              // the event behind which to resume
  bool told_of_no_resuming_ = false;
  bool has_all_ = false;          // that was wanted until now
  bool cannot_have_all_ = false;  // the broker does not know how to resume
  bool stopped_ = false;
  bool was_connected_ = false;
  bool was_subscribed_ = false;
};

}  // namespace vtp
