#include "lib/author.h"

#include <utility>

#include <fmt/format.h>

#include "lib/connection.h"
#include "lib/dial.h"
#include "lib/transport.h"

namespace vtp {
namespace {

Answer answer_in(const std::string& payload, const std::string& broker) {
  const auto message = parse_transport(payload);
  if (!message) return {Outcome::no_answer, broker, "answered with " + message.problem()};
  switch (message->role) {
    case TransportRole::ack:
      return {Outcome::accepted, broker, ""};
    case TransportRole::nak:
      return {Outcome::refused, broker,
              message->result.empty() ? "no reason given" : message->result};
    case TransportRole::iamalive:
    case TransportRole::authenticate:
      break;
  }
  return {Outcome::no_answer, broker,
          "this is a port for subscribers; authors use another one, often 8098"};
}

}  // namespace

asio::awaitable<Answer> submit(Endpoint broker, const std::string& event, AuthorOptions options) {
  Dialer dialer;
  const auto dialed = co_await dialer.dial(broker, options.patience);
  if (!dialed) co_return Answer{Outcome::no_answer, text_of(broker), dialed.problem()};

  Connection connection(dialed->socket, dialed->peer.name, options.max_answer);
  connection.deadline(options.patience);
  const bool sent = co_await connection.write(event);
  // A broker may answer and close before it has read everything, so look for an answer in either
  // case.
  const auto payload = co_await connection.read();
  if (payload) co_return answer_in(*payload, connection.peer());
  co_return Answer{Outcome::no_answer, connection.peer(),
                   fmt::format("{} before {}", connection.ending_text(),
                               sent ? "it answered" : "all of the event was sent")};
}

}  // namespace vtp
