#include "lib/sessions/delivery_sample.h"

#include <utility>

#include "lib/sessions/subscriber_session.h"

namespace vtp {

using std::chrono::steady_clock;

void DeliverySample::begin(const std::set<SubscriberSession*>& sessions) {
  const auto now = steady_clock::now();
  const Sequence last = events_.last();
  const Sequence before = std::exchange(before_, last);
  if (now < next_ || (left_ > 0 && now < give_up_)) return;
  const auto newest = events_.newest_after(last - 1, 1);
  if (!newest || newest->empty()) return;
  goal_ = newest->front().seq;
  received_ = newest->front().received;
  next_ = now + interval;
  give_up_ = now + longest;
  left_ = 0;
  for (SubscriberSession* session : sessions) {
    session->sampled = !session->over && session->reached >= before && session->reached < goal_;
    if (session->sampled) ++left_;
  }
}

void DeliverySample::look_at(SubscriberSession& session, bool ends) {
  if (!session.sampled || (!ends && session.reached < goal_)) return;
  session.sampled = false;
  --left_;
  if (left_ > 0 || steady_clock::now() > give_up_) return;
  seconds_.add(std::chrono::duration<double>(clock_.now() - received_).count());
}

}  // namespace vtp
