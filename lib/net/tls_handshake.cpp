#include "lib/net/tls_handshake.h"

#include <array>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace vtp {
namespace {

constexpr char handshake_record = 0x16;  // RFC 8446, section 5.1: the first byte of a client

// What is wrong after an error; `connection`: as in "the connection was closed".
std::string problem_after(const WatchedSocket& socket, const asio::error_code& error) {
  if (socket.timed_out()) return "TLS: the handshake took too long";
  if (error == asio::error::connection_aborted && socket.tls() && !socket.tls()->problem().empty())
    return socket.tls()->problem();
  if (error == asio::error::eof) return "TLS: the peer closed the connection during the handshake";
  return fmt::format("TLS: {}", error.message());
}

// Waits for the first byte, and leaves it there; anything if the socket is stopped.
asio::awaitable<char> first_byte(WatchedSocket& socket, asio::error_code& error) {
  std::array<char, 1> first{};
  if (socket.stopped()) co_return first[0];
  co_await socket.socket().async_wait(StreamSocket::wait_read,
                                      asio::redirect_error(asio::use_awaitable, error));
  if (!error) socket.socket().non_blocking(true, error);
  if (!error) socket.socket().receive(asio::buffer(first), asio::socket_base::message_peek, error);
  co_return first[0];
}

}  // namespace

asio::awaitable<ServerHandshake> serve_handshake(WatchedSocket& socket, const TlsServer& server,
                                                 Peer& peer, std::chrono::milliseconds timeout) {
  using enum ServerHandshake::How;
  asio::error_code error;
  socket.deadline(timeout);
  const char first = co_await first_byte(socket, error);
  if (socket.stopped()) co_return ServerHandshake{stopped, {}};
  if (socket.timed_out()) co_return ServerHandshake{plain, "it sent nothing; this port is for TLS"};
  if (error) co_return ServerHandshake{failed, problem_after(socket, error)};
  if (first != handshake_record)
    co_return ServerHandshake{plain, "it does not speak TLS, for which this port is"};
  socket.use(server.accept(socket.socket().native_handle()));
  co_await socket.handshake(error);
  if (socket.stopped()) co_return ServerHandshake{stopped, {}};
  if (error) co_return ServerHandshake{failed, problem_after(socket, error)};
  peer.certificate = socket.tls()->peer_certificate();
  co_return ServerHandshake{};
}

asio::awaitable<std::optional<std::string>> begin_handshake(WatchedSocket& socket,
                                                            const TlsClient& client,
                                                            std::string host, std::uint16_t port) {
  asio::error_code error;
  socket.use(client.connect(socket.socket().native_handle(), host, port));
  co_await socket.handshake(error);
  if (!error) co_return std::nullopt;
  co_return problem_after(socket, error);
}

}  // namespace vtp
