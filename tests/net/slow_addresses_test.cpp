// Connecting by a name with several addresses, of which some say nothing.
#include <functional>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "lib/net/dial.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/system_calls.h"

namespace vtp {
namespace {

// Half of it is long enough for a connection that the system tries again after a second.
constexpr std::chrono::seconds timeout{5};

// An address that neither takes nor refuses connections: its backlog is full.
class SilentAddress {
 public:
  SilentAddress(const std::string& address, std::uint16_t port)
      : acceptor_(context_, {asio::ip::make_address(address), port}) {
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      waiting_.emplace_back(context_);
      waiting_.back().async_connect(acceptor_.local_endpoint(), [](const asio::error_code&) {});
    }
    context_.poll();
  }

  // Takes those that wait, so that there is room for others.
  void answer() {
    acceptor_.non_blocking(true);
    asio::error_code none_left;
    while (!none_left)
      acceptor_.accept(context_, none_left);
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::vector<asio::ip::tcp::socket> waiting_;
};

}  // namespace

TEST_CASE("an address of a name that says nothing leaves time for the next") {
  std::uint16_t port = RawListener().port();
  const SilentAddress silent("127.0.0.2", port);
  SilentAddress slow("127.0.0.1", port);
  const NamedHost host("broker.test", {"127.0.0.2", "127.0.0.1"});
  // It has no room when it is asked, but when it is asked again.
  std::size_t asked = 0;
  const BeforeConnecting watch([&](const sockaddr&) { ++asked; });
  asio::io_context context;
  Dialer dialer;
  asio::steady_timer look(context);
  std::function<void()> look_again = [&] {
    if (asked == 2) slow.answer();
    look.expires_after(std::chrono::milliseconds(1));
    look.async_wait([&](const asio::error_code& error) {
      if (!error) look_again();
    });
  };
  look_again();
  const auto dialed = run_to_end(context, dialer.dial(TcpEndpoint{"broker.test", port}, timeout));
  REQUIRE(dialed);
  CHECK(dialed->peer.name == "127.0.0.1:" + std::to_string(port));
  dialed->socket->close();
}

TEST_CASE("when no address of a name answers, each is named with its reason") {
  RawListener gone;
  const std::string port = std::to_string(gone.port());
  const SilentAddress silent("127.0.0.2", gone.port());
  const NamedHost host("broker.test", {"127.0.0.2", "127.0.0.1"});
  gone.close();
  asio::io_context context;
  Dialer dialer;
  const auto dialed = run_to_end(
      context, dialer.dial(TcpEndpoint{"broker.test", static_cast<std::uint16_t>(std::stoi(port))},
                           timeout));
  CHECK(dialed.problem() == "cannot connect to 127.0.0.2:" + port +
                                ": Connection timed out; 127.0.0.1:" + port +
                                ": Connection refused");
}

}  // namespace vtp
