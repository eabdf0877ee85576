#include "lib/subscriber.h"

#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/admit.h"

namespace vtp {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Subscriber::Subscriber(asio::any_io_executor executor, SubscriberOptions options, Take take,
                       const Clock& clock, const Log& log)
    : options_(std::move(options)),
      take_(std::move(take)),
      clock_(clock),
      log_(log),
      pausing_(std::move(executor)),
      back_off_(options_.first_pause, options_.longest_pause) {}

asio::awaitable<Departure> Subscriber::run() {
  while (!stopped_) {
    Dialer dialer;
    dialer_ = &dialer;
    const auto dialed = co_await dialer.dial(options_.broker, options_.connect_patience);
    dialer_ = nullptr;
    if (stopped_) break;
    if (dialed) {
      const auto begin = steady_clock::now();
      Connection connection(dialed->socket, dialed->peer.name, options_.max_size);
      log_.info("Subscribed to {}", connection.peer());
      connection_ = &connection;
      co_await converse(connection);
      connection_ = nullptr;
      if (stopped_) break;
      log_.warning("Connection to {} ended: {}", connection.peer(), connection.ending_text());
      if (steady_clock::now() - begin >= options_.settled) back_off_.reset();
    } else {
      log_.warning("{}: {}", text_of(options_.broker), dialed.problem());
    }
    if (!options_.reconnect) co_return Departure::unreachable;
    co_await pause();
  }
  co_return Departure::stopped;
}

void Subscriber::stop() {
  stopped_ = true;
  pausing_.cancel();
  if (dialer_) dialer_->stop();
  if (connection_) connection_->stop();
}

asio::awaitable<void> Subscriber::converse(Connection& connection) {
  while (!stopped_) {
    connection.deadline(options_.silence);
    auto payload = co_await connection.read();
    if (!payload) co_return;
    if (!co_await take_message(connection, std::move(*payload))) co_return;
  }
}

// False if the connection has ended.
asio::awaitable<bool> Subscriber::take_message(Connection& connection, std::string payload) {
  const CheckResult& check = checker_.check(payload);
  if (!check.is_voevent) {
    const auto message = parse_transport(payload);
    if (message) co_return co_await answer(connection, *message);
    log_.warning("{} sent {} bytes that are neither a VOEvent nor a Transport message ({})",
                 connection.peer(), payload.size(), check.reason);
    co_return true;
  }
  const Judgement judgement = judge_from_upstream(check, payload);
  if (judgement.admission != Admission::accept) {
    log_.warning("VOEvent {} from {} passed over: {}", check.headline.ivorn, connection.peer(),
                 judgement.reason);
    co_return true;
  }
  Transport ack;
  ack.role = TransportRole::ack;
  ack.origin = check.headline.ivorn;
  ack.response = options_.local_ivo;
  const Digest digest = digest_of(payload);
  auto event = std::make_shared<const Event>(Event{std::move(payload), digest, check.headline});
  connection.no_deadline();  // it is ours to be slow now, not the broker's
  if (!co_await take_(std::move(event), connection.peer())) co_return true;
  connection.deadline(options_.silence);
  const std::string document = to_xml(ack, clock_.now());
  co_return co_await connection.write(document);
}

asio::awaitable<bool> Subscriber::answer(Connection& connection, const Transport& message) {
  if (message.role != TransportRole::iamalive && message.role != TransportRole::authenticate)
    co_return true;
  Transport reply;
  reply.role = message.role;
  reply.origin = message.origin;
  reply.response = options_.local_ivo;
  if (message.role == TransportRole::authenticate)
    for (const std::string& filter : options_.filters)
      reply.params.push_back({std::string(xpath_filter_param), filter});
  const std::string document = to_xml(reply, clock_.now());
  co_return co_await connection.write(document);
}

asio::awaitable<void> Subscriber::pause() {
  const milliseconds length = back_off_.next();
  log_.info("Trying {} again in {:.1f} s", text_of(options_.broker),
            std::chrono::duration<double>(length).count());
  pausing_.expires_after(length);
  asio::error_code ignored;
  co_await pausing_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace vtp
