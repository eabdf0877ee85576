#include "tests/bench/load_upstream.h"

#include <utility>

#include "lib/vtp/transport.h"

namespace vtp {
namespace {

constexpr std::size_t batch_size = 64 * 1024;  // bytes that are handed to the system at once

}  // namespace

Upstream::Upstream(Poll& poll, const LoadEvents& events, LoadTally& tally, std::size_t window)
    : events_(events),
      tally_(tally),
      window_(window),
      listening_(listen_on(0)),
      downstream_(*this),
      socket_(poll, downstream_) {
  poll.watch(listening_.get(), *this);
}

void Upstream::ready() {
  Descriptor connected = accept_on(listening_);
  if (connected.get() < 0) return;
  if (socket_.is_open()) return tally_.other();
  socket_.adopt(std::move(connected));
  socket_.no_delay();
  Transport greeting;
  greeting.role = TransportRole::authenticate;
  greeting.origin = "ivo://example.org/upstream";
  socket_.send(framed(greeting));
}

void Upstream::begin() {
  begun_ = true;
  send();
}

void Upstream::converse() {
  socket_.flush();
  const bool open = socket_.read([this](std::string_view payload) { take(payload); });
  if (!open) {
    socket_.close();
    return tally_.other();
  }
  if (begun_) send();
}

void Upstream::take(std::string_view payload) {
  const auto role = role_at_a_glance(payload);
  if (role == TransportRole::ack && acknowledged_ < sent_)
    tally_.answered(acknowledged_++, LoadTally::Answer::accepted);
  else if (role == TransportRole::authenticate)
    greeted_ = true;
  else
    tally_.other();
}

void Upstream::send() {
  while (socket_.unsent() == 0 && sent_ < events_.size() && sent_ - acknowledged_ < window_) {
    batch_.clear();
    for (; sent_ < events_.size() && sent_ - acknowledged_ < window_ && batch_.size() < batch_size;
         ++sent_) {
      tally_.sent(sent_);
      batch_.append(events_.frame(sent_));
    }
    socket_.send(batch_);
  }
}

}  // namespace vtp
