// The subscriber's side: listens to one broker, or one of several equal ones, acknowledges its
// events, and stays connected.
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
#include "lib/subscriber/event_source.h"
#include "lib/tls/client.h"
#include "lib/voevent/check.h"
#include "lib/voevent/event.h"
#include "lib/voevent/examined.h"
#include "lib/vtp/resumption.h"
#include "lib/vtp/transport.h"

namespace vtp {

struct Conversation;
class UnderWay;

struct SubscriberOptions {
  // One broker, or several that have the same log: one at a time, the next one if it is lost.
  std::vector<Endpoint> brokers;
  std::shared_ptr<const TlsClient> tls;    // for endpoints with TLS; nullptr: there are none
  std::string local_ivo;                   // our own IVOID, in every reply; empty: anonymous
  std::vector<std::string> filters;        // XPath, for brokers that support filters
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one event
  // The whole headline of each event; otherwise possibly only ivorn and role, which is much
  // cheaper.
  bool whole_headline = true;
  // Where to begin, if the broker supports resuming (vtp(7)): after this event, which we have; or,
  // if it does not know that event, with events received from this time on. Without both: with new
  // events.
  std::optional<Digest> resume_after;
  std::optional<Time> since;
  bool until_now = false;    // end after the events that the broker had stored when we connected
  Worker* worker = nullptr;  // for large messages; nullptr: they are checked as others
  // Limits for concurrent calls of `take`: events, and bytes after which no further event is taken.
  std::size_t most_under_way = 1;
  std::size_t most_bytes_under_way = 16 * 1024 * 1024;
  bool reconnect = true;
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::milliseconds silence{150'000};         // the longest time without a message
  std::chrono::milliseconds greeting_timeout{5'000};  // then we send first, to see what the peer is
  std::chrono::milliseconds resume_timeout{10'000};   // then the broker does not support resuming
  // How long one of several brokers may wait for the event after which we resume, if another had it
  // first.
  std::chrono::seconds resume_wait{5};
  std::chrono::milliseconds first_pause{1'000};      // before the first reconnection
  std::chrono::milliseconds longest_pause{300'000};  // pauses double up to this
  std::chrono::milliseconds settled{60'000};         // after a longer connection, pauses start over
};

// One thread, that of the executor. All arguments must live longer.
class Subscriber final : public EventSource {
 public:
  // Takes an event from a peer; true if it is to be acknowledged. Called in the order in which
  // events come; the next call waits while the limits in the options are reached.
  using Take = std::function<asio::awaitable<bool>(EventPtr event, std::string peer)>;

  // Called for a broker that supports resuming, each time it has sent all events and those have
  // been taken: `last` is the last event in its log or, for an empty log, a digest of all zeros,
  // after which every event comes. Events that our filters excluded are before it, too.
  using ToldCaughtUp = std::function<void(const Digest& last)>;

  Subscriber(asio::any_io_executor executor, SubscriberOptions options, Take take,
             const Clock& clock, const Diagnostics& diagnostics, ToldCaughtUp caught_up = {});

  // Connects, and passes each event that a broker may relay to `take` (acceptance.h, the rule for
  // events from upstream); others are reported (peer_diagnostics.h). Answers authenticate and iamalive
  // (VOEvent Transport Protocol 2.0, section 4.2), and never sends a nak. It is subscribed, which
  // is reported, once the broker has sent one of those or an event. To a peer that sends nothing it
  // sends one iamalive, which makes other kinds of servers reply: that is reported. When the
  // connection is lost, or silent for too long, it connects again: to the next broker, if there are
  // several; or, once all have been tried, after a pause that doubles each time and varies at
  // random, so that many subscribers do not return at once. It asks the broker to resume after the
  // last event that was passed on. An exception from `take`, or lack of memory,
  // ends the connection and is reported; then the broker is asked to resume after the last event up
  // to which all were taken. Ends after stop(), or as the options say. Call it once; again only
  // after an exception.
  [[nodiscard]] asio::awaitable<Departure> run() override;

  void stop() override;

  [[nodiscard]] bool has_all() const override { return has_all_; }

  [[nodiscard]] bool is_connected() const override;

  // Its state, for people: "never connected", "connected, but not subscribed", "still receiving
  // events".
  [[nodiscard]] std::string state_text() const override;

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
  [[nodiscard]] Resumption wish() const;
  [[nodiscard]] const Endpoint& broker() const { return options_.brokers[current_]; }
  bool turn_to_next();
  asio::awaitable<void> pause();

  asio::any_io_executor executor_;
  SubscriberOptions options_;
  Take take_;
  ToldCaughtUp caught_up_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  std::shared_ptr<PeerDiagnostics> peer_diagnostics_;
  Checker checker_;
  Checker large_checker_;  // used by the worker
  AccountPtr account_ = std::make_shared<Account>();
  AnswerForm acks_;
  asio::steady_timer pausing_;
  BackOff back_off_;
  std::size_t current_ = 0;                   // the broker that we are connected to, or try now
  std::size_t tried_ = 0;                     // brokers in turn, without success
  std::weak_ptr<Dialer> dialer_;              // while it is connecting
  std::weak_ptr<Conversation> conversation_;  // while there is one
  std::optional<Digest> cursor_;              // the event after which to resume
  bool told_of_no_resuming_ = false;
  bool has_all_ = false;          // all stored events that were wanted
  bool cannot_have_all_ = false;  // the broker does not support resuming
  bool stopped_ = false;
  bool was_connected_ = false;
  bool was_subscribed_ = false;
};

}  // namespace vtp
