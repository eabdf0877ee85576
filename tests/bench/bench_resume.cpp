// What coming back costs: a listener that only counts, and an author who looks how long events take.
//   bench_resume catch-up PORT            has all that a broker keeps sent, acknowledges it, and prints:
//                                         events, seconds from asking to having them all
//   bench_resume latency AUTHORS PORT COUNT   submits so many events, one each 5 ms, and prints the median
//                                         and the 99th percentile of the time to a subscriber, in us
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include "lib/vtp/frame.h"
#include "lib/vtp/resumption.h"
#include "lib/vtp/transport.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using asio::ip::tcp;
using std::chrono::steady_clock;

constexpr std::size_t largest = 4 * 1024 * 1024;  // bytes of a message
constexpr std::chrono::milliseconds interval{5};

// A connection to a broker on this machine, for one thread that waits for it.
class Peer {
 public:
  explicit Peer(const std::string& port) {
    socket_.connect(
        {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))});
    socket_.set_option(tcp::no_delay(true));
  }

  // Nothing if the broker has closed.
  std::optional<std::string_view> next() {
    while (true) {
      if (const auto payload = decoder_.next()) return payload;
      flush();
      const auto room = decoder_.room();
      asio::error_code end;
      const std::size_t count = socket_.read_some(asio::buffer(room.data(), room.size()), end);
      if (end) return std::nullopt;
      decoder_.add(count);
    }
  }

  void send(std::string_view payload) {
    const auto header = frame_header(payload.size());
    pending_.append(header.begin(), header.end()).append(payload);
  }
  void flush() {
    asio::write(socket_, asio::buffer(pending_));
    pending_.clear();
  }
  void answer(const Transport& message, std::vector<Param> params) {
    Transport reply;
    reply.role = message.role;
    reply.origin = message.origin;
    reply.params = std::move(params);
    send(to_xml(reply, Clock().now()));
  }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
  FrameDecoder decoder_{largest};
  std::string pending_;
};

std::string ack_of_anything() {
  Transport ack;
  ack.role = TransportRole::ack;
  ack.origin = "ivo://example.org/bench";
  return to_xml(ack, Clock().now());
}

void catch_up(const std::string& port) {
  const std::string ack = ack_of_anything();
  Peer broker(port);
  std::size_t events = 0;
  auto begin = steady_clock::now();
  while (const auto payload = broker.next()) {
    const bool is_event = payload->find("Transport") == std::string_view::npos;
    if (is_event) {
      ++events;
      broker.send(ack);
      continue;
    }
    const auto message = parse_transport(*payload);
    if (!message) throw std::runtime_error("what came was neither an event nor a message");
    if (message->role == TransportRole::authenticate) {
      broker.answer(*message, params_of({std::nullopt, Time{}}));
      begin = steady_clock::now();
    }
    if (message->role == TransportRole::iamalive) {
      broker.answer(*message, {});
      if (caught_up_in(*message)) {
        fmt::print("{} {:.3f}\n", events,
                   std::chrono::duration<double>(steady_clock::now() - begin).count());
        return;
      }
    }
  }
  throw std::runtime_error("the broker closed the connection");
}

void latency(const std::string& author_port, const std::string& port, int count) {
  Peer subscriber(port);
  Peer author(author_port);
  const std::string ack = ack_of_anything();
  const auto greeting = parse_transport(subscriber.next().value_or(""));
  if (!greeting) throw std::runtime_error("the broker did not greet");
  subscriber.answer(*greeting, {});
  subscriber.flush();
  std::this_thread::sleep_for(interval);  // the answer is to be there before the first event
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const auto now = Clock().now().time_since_epoch().count();
    const std::string event = valid_event(fmt::format("ivo://example.org/latency#{}-{}", now, i));
    const auto begin = steady_clock::now();
    author.send(event);
    author.flush();
    while (const auto payload = subscriber.next())
      if (*payload == event) break;
    times.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count());
    subscriber.send(ack);
    subscriber.flush();
    if (!author.next()) throw std::runtime_error("the broker did not answer");
    std::this_thread::sleep_until(begin + interval);
  }
  std::ranges::sort(times);
  fmt::print("{:.0f} {:.0f}\n", times[times.size() / 2], times[times.size() * 99 / 100]);
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 2 && words[0] == "catch-up")
      vtp::catch_up(words[1]);
    else if (words.size() == 4 && words[0] == "latency")
      vtp::latency(words[1], words[2], std::stoi(words[3]));
    else
      return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_resume: {}\n", error.what());
    return 1;
  }
}
