#include "lib/net/dial.h"

#include <vector>

#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

Result<Dialed> dial_now(const Endpoint& endpoint) {
  asio::io_context context;
  Dialer dialer;
  auto dialed = run_to_end(context, dialer.dial(endpoint, test_timeout));
  if (!dialed) return dialed;
  dialed->socket->close();  // it belongs to the context
  return Dialed{nullptr, dialed->peer};
}

}  // namespace

TEST_CASE("an address is dialed as it stands") {
  const RawListener listener;
  const auto dialed = dial_now(TcpEndpoint{"127.0.0.1", listener.port()});
  REQUIRE(dialed);
  CHECK(dialed->peer.name == "127.0.0.1:" + std::to_string(listener.port()));
}

TEST_CASE("a name is resolved, and localhost is IPv4 first") {
  const RawListener listener;
  const auto dialed = dial_now(TcpEndpoint{"localhost", listener.port()});
  REQUIRE(dialed);
  CHECK(dialed->peer.name == "127.0.0.1:" + std::to_string(listener.port()));
}

TEST_CASE("a socket in the file system is dialed by its path") {
  const TemporaryFolder folder;
  asio::io_context context;
  asio::local::stream_protocol::acceptor acceptor(
      context, asio::local::stream_protocol::endpoint(folder.file("s")));
  const auto dialed = dial_now(UnixEndpoint{folder.file("s")});
  REQUIRE(dialed);
  CHECK(dialed->peer.name == "unix:" + folder.file("s"));
}

TEST_CASE("nobody there: the problem names who was asked and why it failed") {
  RawListener listener;
  const auto port = listener.port();
  listener.close();
  CHECK(dial_now(TcpEndpoint{"127.0.0.1", port}).problem() ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
  CHECK(dial_now(UnixEndpoint{"/nonexistent"}).problem() ==
        "cannot connect to unix:/nonexistent: No such file or directory");
}

TEST_CASE("a name that means nothing is said to") {
  CHECK(dial_now(TcpEndpoint{"name.invalid", 8098})
            .problem()
            .starts_with("cannot resolve name.invalid: "));
}

TEST_CASE("dialing can be cancelled") {
  // A backlog that is full takes no more connections, and does not refuse them.
  asio::io_context context;
  asio::ip::tcp::acceptor full(context, {asio::ip::address_v4::loopback(), 0});
  full.listen(0);
  std::vector<asio::ip::tcp::socket> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(context);
    waiting.back().async_connect(full.local_endpoint(), [](const asio::error_code&) {});
  }
  Dialer dialer;
  asio::steady_timer soon(context, std::chrono::milliseconds(20));
  soon.async_wait([&](const asio::error_code&) { dialer.stop(); });
  const Endpoint endpoint = TcpEndpoint{"127.0.0.1", full.local_endpoint().port()};
  CHECK(run_to_end(context, dialer.dial(endpoint, test_timeout)).problem() == "cancelled");
}

TEST_CASE("without descriptors there is a problem, and no exception") {
  asio::io_context context;
  for (const Endpoint& endpoint :
       {Endpoint(TcpEndpoint{"localhost", 1}), Endpoint(TcpEndpoint{"127.0.0.1", 1}),
        Endpoint(UnixEndpoint{"/nonexistent"})}) {
    Dialer dialer;
    asio::steady_timer opens_what_the_context_needs(context);
    const NoDescriptors none;
    const auto dialed = run_to_end(context, dialer.dial(endpoint, test_timeout));
    REQUIRE_FALSE(dialed);
    CHECK(dialed.problem().find("Too many open files") != std::string::npos);
  }
}

}  // namespace vtp
