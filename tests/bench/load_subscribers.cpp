#include "tests/bench/load_subscribers.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/vtp/transport.h"

namespace vtp {

std::size_t threshold(std::size_t filter, std::size_t filters, std::size_t events) {
  return (2 * filter + 1) * events / (8 * filters);
}

std::vector<std::size_t> wanted_by(const SubscribersOptions& options, std::size_t events) {
  std::vector<std::size_t> wanted(events, options.filters == 0 ? options.count : 0);
  if (options.filters == 0) return wanted;
  for (std::size_t i = 0; i < options.count; ++i)
    for (std::size_t event = threshold(i % options.filters, options.filters, events) + 1;
         event < events; ++event)
      ++wanted[event];
  return wanted;
}

class Subscribers::Subscriber final : public Watched {
 public:
  Subscriber(Subscribers& all, std::size_t number)
      : all_(all),
        socket_(all.poll_, *this),
        port_(all.options_.ports[number % all.options_.ports.size()]),
        has_(all.events_.size(), false) {
    const std::size_t filters = all.options_.filters;
    if (filters > 0) above_ = threshold(number % filters, filters, all.events_.size());
  }

  void connect() {
    socket_.connect(port_);
    socket_.no_delay();
  }

  void ready() override {
    socket_.flush();
    // Once for all that is read, so that it costs little; none of it is older.
    LoadClock::time_point now{};
    const bool open = socket_.read([&](std::string_view payload) {
      if (now == LoadClock::time_point{}) now = LoadClock::now();
      take(payload, now);
    });
    if (!all_.answers_.empty()) socket_.send(all_.answers_);
    all_.answers_.clear();
    if (!open) lose();
  }

 private:
  void take(std::string_view payload, LoadClock::time_point now) {
    const auto event = all_.events_.find(payload, last_);
    if (!event) return answer(payload);
    last_ = *event;
    all_.answers_.append(all_.events_.ack_frame(*event));
    if (above_ && *event <= *above_) return all_.tally_.other();
    if (has_[*event]) return all_.tally_.duplicate();
    has_[*event] = true;
    all_.tally_.delivered(*event, now);
  }

  void answer(std::string_view payload) {
    const auto message = parse_transport(payload);
    if (!message || message->role == TransportRole::ack || message->role == TransportRole::nak)
      return all_.tally_.other();
    Transport reply;
    reply.role = message->role;
    reply.origin = message->origin;
    reply.response = "ivo://example.org/subscriber";
    if (message->role == TransportRole::authenticate) {
      if (above_)
        reply.params.push_back({std::string(xpath_filter_param),
                                fmt::format("//Param[@name='seq' and @value>{}]", *above_)});
      greet();
    }
    all_.answers_.append(framed(reply));
  }

  void greet() {
    if (!greeted_) ++all_.greeted_;
    greeted_ = true;
  }

  void lose() {
    socket_.close();
    all_.tally_.other();
    greet();
  }

  Subscribers& all_;
  FramedSocket socket_;
  std::uint16_t port_;
  std::vector<bool> has_;
  std::optional<std::size_t> above_;  // the filter's threshold
  std::size_t last_ = 0;              // the event that came before
  bool greeted_ = false;
};

Subscribers::Subscribers(Poll& poll, LoadEvents& events, LoadTally& tally,
                         SubscribersOptions options)
    : poll_(poll), events_(events), tally_(tally), options_(options) {
  for (std::size_t i = 0; i < options_.count; ++i)
    subscribers_.emplace_back(*this, i);
}

Subscribers::~Subscribers() = default;

void Subscribers::connect() {
  for (Subscriber& subscriber : subscribers_)
    subscriber.connect();
}

}  // namespace vtp
