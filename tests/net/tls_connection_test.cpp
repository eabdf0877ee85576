#include <array>
#include <functional>
#include <optional>

#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>

#include "lib/net/connection.h"
#include "lib/net/coroutine.h"
#include "lib/net/tls_handshake.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/loopback.h"
#include "tests/support/running.h"

// Handshakes, and connections with TLS on them, through sockets.
namespace vtp {
namespace {

using std::chrono::milliseconds;
using Local = asio::local::stream_protocol::socket;
using How = ServerHandshake::How;

CertificateFolder& certificates() {
  static CertificateFolder folder;
  return folder;
}

// A server's and a client's end, and what is to go over them.
struct Ends {
  Ends() : Ends(certificates().issue("s")) {}

  explicit Ends(const std::string& file)
      : server({.certificate = file, .key = file, .client_authorities = {}}),
        client(
            {.authorities = certificates().authority(), .pins = {}, .certificate = {}, .key = {}}) {
    Local ours(context);
    Local theirs(context);
    asio::local::connect_pair(ours, theirs);
    server_socket = WatchedSocket::make(StreamSocket(std::move(ours)));
    client_socket = WatchedSocket::make(StreamSocket(std::move(theirs)));
  }

  // Both handshakes; how the server's ended.
  ServerHandshake shake(const std::string& host = "localhost") {
    client_socket->deadline(test_timeout);
    asio::co_spawn(context,
                   keep_result(begin_handshake(*client_socket, client, host, 8098), problem),
                   unattended);
    return serve();
  }

  ServerHandshake serve(milliseconds timeout = test_timeout) {
    ServerHandshake end =
        run_to_end(context, serve_handshake(*server_socket, server, peer, timeout));
    context.restart();
    context.poll();
    return end;
  }

  void connect() {
    REQUIRE(shake().how == How::done);
    REQUIRE(comes_true(context, [this] { return problem.has_value(); }));
    REQUIRE_FALSE(*problem);
    at_server.emplace(server_socket, "client", 10'000'000);
    at_client.emplace(client_socket, "server", 10'000'000);
    at_server->deadline(test_timeout);
    at_client->deadline(test_timeout);
  }

  // Writes at one end, reads at the other, at the same time.
  std::optional<std::string> pass(Connection& from, Connection& to,
                                  std::span<const std::string_view> payloads) {
    std::optional<bool> written;
    asio::co_spawn(context, keep_result(from.write(payloads), written), unattended);
    std::optional<std::string> last;
    for (std::size_t i = 0; i < payloads.size(); ++i)
      last = run_to_end(context, to.read());
    CHECK(comes_true(context, [&] { return written.has_value(); }));
    CHECK(written == true);
    return last;
  }
  std::optional<std::string> pass(Connection& from, Connection& to, std::string_view payload) {
    const std::array<std::string_view, 1> payloads{payload};
    return pass(from, to, payloads);
  }

  asio::io_context context;
  TlsServer server;
  TlsClient client;
  Peer peer{.name = "client", .address = {}, .has_tls = true};
  std::shared_ptr<WatchedSocket> server_socket;
  std::shared_ptr<WatchedSocket> client_socket;
  std::optional<std::optional<std::string>> problem;  // of the client, once its handshake has ended
  std::optional<Connection> at_server;
  std::optional<Connection> at_client;
};

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes)
    byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("frames go both ways by TLS, in any size and number") {
  Ends ends;
  ends.connect();
  for (const std::size_t size :
       std::initializer_list<std::size_t>{0, 1, 700, 16'000, 16'380, 16'384, 16'388, 1'000'000}) {
    CAPTURE(size);
    const std::string bytes = random_bytes(size);
    CHECK(ends.pass(*ends.at_client, *ends.at_server, bytes) == bytes);
    CHECK(ends.pass(*ends.at_server, *ends.at_client, bytes) == bytes);
  }
  const std::string large = random_bytes(40'000);
  std::vector<std::string_view> many(300, "small");
  many.push_back(large);
  many.insert(many.end(), 300, std::string_view(large).substr(0, 700));
  CHECK(ends.pass(*ends.at_server, *ends.at_client, many) == many.back());
}

TEST_CASE("a connection with TLS is quiet until something comes, or the peer has gone") {
  Ends ends;
  ends.connect();
  CHECK(ends.at_client->is_quiet());  // although the server has sent tickets
  CHECK(ends.at_server->is_quiet());
  CHECK_FALSE(ends.at_server->has_input());
  REQUIRE(run_to_end(ends.context, ends.at_client->write("event")));
  CHECK(ends.at_server->has_input());
  CHECK_FALSE(ends.at_server->is_quiet());
  CHECK(run_to_end(ends.context, ends.at_server->read()) == "event");
  CHECK(ends.at_server->is_quiet());
  ends.at_client.reset();
  CHECK_FALSE(ends.at_server->is_quiet());
  CHECK(run_to_end(ends.context, ends.at_server->read()) == std::nullopt);
  CHECK(ends.at_server->ending() == Ending::closed);
}

TEST_CASE("the last reply arrives before the end, and what the peer still sends is dropped") {
  Ends ends;
  ends.connect();
  REQUIRE(run_to_end(ends.context, ends.at_client->write(random_bytes(100'000))));
  REQUIRE(run_to_end(ends.context, ends.at_server->write("nak")));
  bool finished = false;
  spawn(ends.context.get_executor(), ends.at_server->finish(),
        [&](const std::exception_ptr&) { finished = true; });
  CHECK(run_to_end(ends.context, ends.at_client->read()) == "nak");
  CHECK(run_to_end(ends.context, ends.at_client->read()) == std::nullopt);
  CHECK(ends.at_client->ending() == Ending::closed);
  CHECK_FALSE(finished);
  ends.at_client.reset();
  CHECK(comes_true(ends.context, [&] { return finished; }));
}

TEST_CASE("a deadline and a stop end a read by TLS") {
  Ends ends;
  ends.connect();
  ends.at_server->deadline(milliseconds(20));
  CHECK(run_to_end(ends.context, ends.at_server->read()) == std::nullopt);
  CHECK(ends.at_server->ending() == Ending::timed_out);
  asio::post(ends.context, [&] { ends.at_client->stop(); });
  CHECK(run_to_end(ends.context, ends.at_client->read()) == std::nullopt);
  CHECK(ends.at_client->ending() == Ending::stopped);
}

TEST_CASE("a peer that does not read stops a write by TLS at the deadline") {
  Ends ends;
  ends.connect();
  ends.at_server->deadline(milliseconds(50));
  CHECK_FALSE(run_to_end(ends.context, ends.at_server->write(random_bytes(9'000'000))));
  CHECK(ends.at_server->ending() == Ending::timed_out);
}

TEST_CASE("others have their turn while a peer keeps sending by TLS") {
  Ends ends;
  ends.connect();
  for (int i = 0; i < 10; ++i)
    REQUIRE(run_to_end(ends.context, ends.at_client->write("event")));
  int others = 0;
  std::function<void()> turn = [&] {
    if (++others < 100) asio::post(ends.context, turn);
  };
  asio::post(ends.context, turn);
  CHECK(run_to_end(ends.context, ends.at_server->read()) == "event");
  CHECK(others > 0);
}

TEST_CASE("bytes that were changed on the way are found, and end the connection") {
  Ends ends;
  ends.connect();
  // A record that was not made with the key of this connection.
  std::string bytes = "\x17\x03\x03";
  bytes += '\0';
  bytes += ' ';
  bytes += std::string(32, 'x');
  asio::write(ends.client_socket->socket(), asio::buffer(bytes));
  CHECK(run_to_end(ends.context, ends.at_server->read()) == std::nullopt);
  CHECK(ends.at_server->ending() == Ending::cut);
  CHECK(ends.at_server->ending_text() ==
        "TLS: what was received is not what was sent; it was changed on the way");
}

TEST_CASE("what is no TLS after the handshake is not taken for a peer without it") {
  Ends ends;
  ends.connect();
  asio::write(ends.client_socket->socket(), asio::buffer(framed("event") + framed("event")));
  CHECK(run_to_end(ends.context, ends.at_server->read()) == std::nullopt);
  CHECK(ends.at_server->ending() == Ending::cut);
  CHECK(ends.at_server->ending_text() == "TLS: wrong version number");
}

TEST_CASE("a client that speaks no TLS is told from one that says nothing, or leaves") {
  Ends ends;
  SECTION("a frame of VTP") {
    asio::write(ends.client_socket->socket(), asio::buffer(framed("event")));
    const ServerHandshake end = ends.serve();
    CHECK(end.how == How::plain);
    CHECK(end.problem == "it does not speak TLS, for which this port is");
    CHECK_FALSE(ends.server_socket->tls());
  }
  SECTION("nothing") {
    const ServerHandshake end = ends.serve(milliseconds(20));
    CHECK(end.how == How::plain);
    CHECK(end.problem == "it sent nothing; this port is for TLS");
  }
  SECTION("it leaves") {
    ends.client_socket->close();
    const ServerHandshake end = ends.serve();
    CHECK(end.how == How::failed);
    CHECK(end.problem == "TLS: the peer closed the connection during the handshake");
  }
  SECTION("it begins, and no more") {
    asio::write(ends.client_socket->socket(), asio::buffer(std::string("\x16\x03\x01")));
    const ServerHandshake end = ends.serve(milliseconds(20));
    CHECK(end.how == How::failed);
    CHECK(end.problem == "TLS: the handshake took too long");
  }
  SECTION("it begins with nonsense") {
    asio::write(ends.client_socket->socket(), asio::buffer("\x16" + std::string(100, 'x')));
    const ServerHandshake end = ends.serve();
    CHECK(end.how == How::failed);
    CHECK(end.problem.starts_with("TLS: "));
  }
}

TEST_CASE("a stop ends a handshake, without a word") {
  Ends ends;
  asio::post(ends.context, [&] { ends.server_socket->stop(); });
  const ServerHandshake end = ends.serve();
  CHECK(end.how == How::stopped);
  CHECK(end.problem.empty());
}

TEST_CASE("a server that speaks no TLS is told from one that is not trusted") {
  Ends ends;
  SECTION("plain VTP") {
    asio::write(ends.server_socket->socket(), asio::buffer(framed("<trn:Transport/>")));
    ends.client_socket->deadline(test_timeout);
    const auto problem = run_to_end(
        ends.context, begin_handshake(*ends.client_socket, ends.client, "localhost", 8098));
    REQUIRE(problem);
    CHECK(*problem ==
          "TLS: the peer does not speak TLS; is this a port for plain VTP, without tls:?");
  }
  SECTION("another name") {
    CHECK(ends.shake("example.org").how == How::failed);
    REQUIRE(comes_true(ends.context, [&] { return ends.problem.has_value(); }));
    REQUIRE(*ends.problem);
    CHECK(**ends.problem ==
          "TLS: the certificate of example.org:8098 is not trusted: hostname mismatch");
  }
  SECTION("silence") {
    ends.client_socket->deadline(milliseconds(20));
    const auto problem = run_to_end(
        ends.context, begin_handshake(*ends.client_socket, ends.client, "localhost", 8098));
    REQUIRE(problem);
    CHECK(*problem == "TLS: the handshake took too long");
  }
}

}  // namespace vtp
