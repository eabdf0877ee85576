// What a subscriber makes of the Transport messages of its broker, and of the end of their
// conversation.
#include <algorithm>
#include <utility>

#include "lib/subscriber/conversation.h"
#include "lib/subscriber/subscriber.h"
#include "lib/vtp/nak_reasons.h"
#include "lib/vtp/resumption.h"

namespace vtp {
namespace {

constexpr Digest before_all{};  // the digest of no event

}  // namespace

void Subscriber::answer(Conversation& it, const Transport& message) {
  if (message.role != TransportRole::iamalive && message.role != TransportRole::authenticate) {
    if (message.role == TransportRole::nak && message.result.starts_with(subscription_rejected))
      it.refused = message.result.substr(std::string_view(subscription_rejected).size());
    else if (it.greeted)
      return;
    else if (message.role == TransportRole::nak && message.result == rejection(for_tls))
      it.refused = for_tls;
    else
      it.for_authors = true;
    it.ending = true;
    if (options_.until_now) cannot_have_all_ = true;
    return;
  }
  greet(it);
  Transport reply;
  reply.role = message.role;
  reply.origin = message.origin;
  reply.response = options_.local_ivo;
  if (message.role == TransportRole::authenticate) {
    for (const std::string& filter : options_.filters)
      reply.params.push_back({std::string(xpath_filter_param), filter});
    for (Param& param : params_of(wish()))
      reply.params.push_back(std::move(param));
    it.resume_by = std::chrono::steady_clock::now() + options_.resume_timeout;
  } else {
    heed(it, message);
  }
  say(it, to_xml(reply, clock_.now()));
}

// Messages of a broker that supports resuming, or that evaluates filters beside its other work.
void Subscriber::heed(Conversation& it, const Transport& alive) {
  if (std::ranges::find(alive.params, slowed_param, &Param::name) != alive.params.end() &&
      !std::exchange(it.told_slowed, true))
    diagnostics_.warning("{} slows us down: our filters use too much of its processor time",
                         it.connection.peer());
  if (const auto resuming = resuming_in(alive); resuming && !it.resuming) {
    it.resuming = true;
    it.before_resuming = it.handed_on;
    it.resume_timer.cancel();
    diagnostics_.debug("{} has {} event(s) to send, before filters", it.connection.peer(),
                       resuming->behind);
    // Events that it sent before it knew where to begin come again, in order.
    if (it.began_at || options_.since) cursor_ = it.began_at;
  }
  if (const auto caught_up = caught_up_in(alive)) {
    // After an unknown event comes all that the log stores: for an empty log, all new events.
    const Digest last = caught_up->last.value_or(before_all);
    cursor_ = last;
    it.marks.push_back({it.handed_on, last});
    if (options_.until_now) it.ending = true;
    tell_caught_up(it);
  }
}

// Reports the marks up to which all events have been taken.
void Subscriber::tell_caught_up(Conversation& it) {
  while (!it.marks.empty() &&
         it.marks.front().after <= it.taken.reached().value_or(Conversation::Taken{}).number) {
    const Conversation::Mark mark = it.marks.front();
    it.marks.pop_front();
    if (caught_up_) caught_up_(mark.last);
    if (options_.until_now) has_all_ = true;
  }
}

// It has sent what brokers send.
void Subscriber::greet(Conversation& it) {
  if (std::exchange(it.greeted, true)) return;
  was_subscribed_ = true;
  it.greeting_timer.cancel();
  diagnostics_.info("Subscribed to {}", it.connection.peer());
}

void Subscriber::report_end(const Conversation& it) const {
  const std::string& peer = it.connection.peer();
  if (!it.refused.empty())
    diagnostics_.warning("{} does not admit us: {}", peer, it.refused);
  else if (it.for_authors)
    diagnostics_.warning("{} is a port for authors; subscribers use another one, often 8099", peer);
  else if (it.greeted || it.connection.ending() == Ending::too_large)
    diagnostics_.warning("Connection to {} ended: {}", peer, it.connection.ending_text());
  else
    diagnostics_.warning(
        "Connection to {} ended: {}; it sent nothing that a broker sends to subscribers", peer,
        it.connection.ending_text());
}

bool Subscriber::is_connected() const {
  const auto it = conversation_.lock();
  return it && it->greeted && !it->ending;
}

std::string Subscriber::state_text() const {
  if (!was_connected_) return "never connected";
  return was_subscribed_ ? "still receiving events" : "connected, but not subscribed";
}

}  // namespace vtp
