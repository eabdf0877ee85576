#include "lib/net/listen.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <thread>

#include <asio/detached.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>

#include "lib/net/coroutine.h"
#include "lib/net/peer_diagnostics.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/pipe.h"
#include "tests/support/running.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Listeners = std::vector<std::unique_ptr<Listener>>;

Endpoint at(std::string_view text) { return parse_listen(text, 8098).value(); }

// Listens on loopback in a thread of its own, and remembers who was welcomed.
class Server {
 public:
  explicit Server(std::vector<AddressRange> allowed, int log_fd = -1,
                  Listener::Welcome stranger = {})
      : diagnostics_("test", LineStyle::tool, Level::warning, clock_, log_fd),
        listeners_(Listener::bind(context_.get_executor(), at("127.0.0.1:0"))) {
    Listener& listener = *listeners_[0];
    listener.open();
    asio::co_spawn(context_,
                   listener.serve(
                       std::move(allowed), diagnostics_,
                       [](std::shared_ptr<WatchedSocket> socket, const Peer& peer) {
                         asio::write(socket->socket(), asio::buffer(framed(peer.name)));
                       },
                       {}, std::move(stranger)),
                   asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Server() {
    asio::post(context_, [this] { listeners_[0]->close(); });
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_in(listeners_[0]->endpoint()); }

  // From when this returns on.
  void allow(const std::vector<AddressRange>& allowed) {
    std::promise<void> done;
    asio::post(context_, [&] {
      listeners_[0]->allow(allowed);
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  TestClock clock_;
  Diagnostics diagnostics_;
  asio::io_context context_;
  Listeners listeners_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a port alone is bound for IPv4 and IPv6, the same one for both") {
  asio::io_context context;
  const Listeners listeners = Listener::bind(context.get_executor(), at("tcp:0"));
  REQUIRE_FALSE(listeners.empty());
  CHECK(listeners[0]->endpoint().starts_with("0.0.0.0:"));
  CHECK(port_in(listeners[0]->endpoint()) != 0);
  if (listeners.size() > 1)
    CHECK(listeners[1]->endpoint() == "[::]:" + std::to_string(port_in(listeners[0]->endpoint())));
}

TEST_CASE("nobody can connect before open()") {
  asio::io_context context;
  const Listeners listeners = Listener::bind(context.get_executor(), at("127.0.0.1:0"));
  const auto port = port_in(listeners[0]->endpoint());
  CHECK_THROWS(RawPeer::connect(port));
  listeners[0]->open();
  CHECK_NOTHROW(RawPeer::connect(port));
}

TEST_CASE("a port that is taken is refused by name") {
  const RawListener other;
  asio::io_context context;
  const std::string endpoint = "127.0.0.1:" + std::to_string(other.port());
  CHECK_THROWS_WITH(Listener::bind(context.get_executor(), at(endpoint)),
                    "cannot listen on " + endpoint + ": Address already in use");
}

TEST_CASE("who is allowed is welcomed by name, others are turned away") {
  SECTION("allowed") {
    const Server server(loopback_ranges());
    const auto name = RawPeer::connect(server.port()).read_frame();
    REQUIRE(name);
    CHECK(name->starts_with("127.0.0.1:"));
  }
  SECTION("not allowed") {
    const Server server({AddressRange::parse("192.0.2.0/24").value()});
    CHECK(RawPeer::connect(server.port()).is_closed());
  }
  SECTION("not allowed, and told so") {
    const auto tell = [](std::shared_ptr<WatchedSocket> socket, const Peer&) {
      asio::write(socket->socket(), asio::buffer(framed("not here")));
    };
    const Server server({AddressRange::parse("192.0.2.0/24").value()}, -1, tell);
    CHECK(RawPeer::connect(server.port()).read_frame() == "not here");
  }
}

TEST_CASE("whom it lets in may change while it serves, and open connections stay") {
  Server server(loopback_ranges());
  RawPeer first = RawPeer::connect(server.port());
  REQUIRE(first.read_frame());
  server.allow({AddressRange::parse("192.0.2.0/24").value()});
  CHECK(RawPeer::connect(server.port()).is_closed());
  server.allow(loopback_ranges());
  CHECK(RawPeer::connect(server.port()).read_frame());
}

TEST_CASE("that only one of this machine's addresses is allowed is said once") {
  const Pipe pipe;
  {
    const Server server({AddressRange::parse("::1").value()}, pipe.writing());
    for (int i = 0; i < 3; ++i)
      CHECK(RawPeer::connect(server.port()).is_closed());
  }
  std::string logged(64 * 1024, '\0');
  logged.resize(static_cast<std::size_t>(::read(pipe.reading(), logged.data(), logged.size())));
  const std::string told = "only ::1 is allowed; allow 127.0.0.1 as well";
  const auto at = logged.find(told);
  CHECK(at != std::string::npos);
  CHECK(logged.find(told, at + 1) == std::string::npos);
}

TEST_CASE("who is turned away is logged a few times, and then counted") {
  const Pipe pipe;
  constexpr int strangers = 2 * PeerDiagnostics::address_lines;
  {
    const Server server({AddressRange::parse("192.0.2.0/24").value()}, pipe.writing());
    for (int i = 0; i < strangers; ++i)
      CHECK(RawPeer::connect(server.port()).is_closed());
  }
  std::string logged(64 * 1024, '\0');
  logged.resize(static_cast<std::size_t>(::read(pipe.reading(), logged.data(), logged.size())));
  // Some more, where that took a while.
  CHECK(std::ranges::count(logged, '\n') < strangers);
  CHECK(logged.find("more line(s) about 127.0.0.1 were left out\n") != std::string::npos);
}

TEST_CASE("a socket in the file system is removed at the end") {
  const TemporaryFolder folder;
  const std::string path = folder.file("s");
  asio::io_context context;
  {
    const Listeners listeners = Listener::bind(context.get_executor(), at("unix:" + path));
    CHECK(listeners[0]->endpoint() == "unix:" + path);
    CHECK(std::filesystem::is_socket(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("an abandoned socket is replaced, one in use or another file is not") {
  const TemporaryFolder folder;
  const std::string path = folder.file("s");
  asio::io_context context;
  SECTION("abandoned") {
    {
      asio::local::stream_protocol::acceptor dead(context,
                                                  asio::local::stream_protocol::endpoint(path));
    }
    CHECK_NOTHROW(Listener::bind(context.get_executor(), at("unix:" + path)));
  }
  SECTION("in use") {
    const asio::local::stream_protocol::acceptor alive(
        context, asio::local::stream_protocol::endpoint(path));
    CHECK_THROWS_WITH(Listener::bind(context.get_executor(), at("unix:" + path)),
                      "cannot listen on unix:" + path + ": Address already in use");
  }
  SECTION("a file") {
    std::ofstream(path) << "precious";
    CHECK_THROWS(Listener::bind(context.get_executor(), at("unix:" + path)));
    CHECK(std::filesystem::file_size(path) == 8);
  }
}

TEST_CASE("a socket in the file system is nobody else's from the moment that it is bound") {
  const TemporaryFolder folder;
  const std::string path = folder.file("s");
  asio::io_context context;
  const Listeners listeners = Listener::bind(context.get_executor(), at("unix:" + path));
  CHECK_THROWS_WITH(Listener::bind(context.get_executor(), at("unix:" + path)),
                    "cannot listen on unix:" + path + ": Address already in use");
  // Who comes before it serves waits.
  asio::local::stream_protocol::socket early(context);
  CHECK_NOTHROW(early.connect(asio::local::stream_protocol::endpoint(path)));
  CHECK_NOTHROW(listeners[0]->open());
}

TEST_CASE("a socket with a full backlog is in use, and keeps nobody waiting") {
  const TemporaryFolder folder;
  const std::string path = folder.file("s");
  asio::io_context context;
  const asio::local::stream_protocol::endpoint end(path);
  asio::local::stream_protocol::acceptor alive(context);
  alive.open();
  alive.bind(end);
  alive.listen(0);
  asio::local::stream_protocol::socket waiting(context);
  waiting.connect(end);
  CHECK_THROWS_WITH(Listener::bind(context.get_executor(), at("unix:" + path)),
                    "cannot listen on unix:" + path + ": Address already in use");
}

TEST_CASE("of brokers that start together on an abandoned socket, one gets it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("s");
  for (int round = 0; round < 20; ++round) {
    asio::io_context context;
    {
      asio::local::stream_protocol::acceptor dead(context,
                                                  asio::local::stream_protocol::endpoint(path));
    }
    std::array<Listeners, 4> listeners;
    std::vector<std::thread> brokers;
    for (Listeners& mine : listeners)
      brokers.emplace_back([&] {
        try {
          mine = Listener::bind(context.get_executor(), at("unix:" + path));
        } catch (const std::runtime_error&) {
          // another one has it
        }
      });
    for (std::thread& broker : brokers)
      broker.join();
    CHECK(std::ranges::count_if(listeners, [](const auto& mine) { return !mine.empty(); }) == 1);
    asio::local::stream_protocol::socket peer(context);
    CHECK_NOTHROW(peer.connect(asio::local::stream_protocol::endpoint(path)));
  }
}

TEST_CASE("what has taken the place of its socket is not removed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("s");
  asio::io_context context;
  Listeners first = Listener::bind(context.get_executor(), at("unix:" + path));
  std::filesystem::remove(path);
  const Listeners second = Listener::bind(context.get_executor(), at("unix:" + path));
  first.clear();
  CHECK(std::filesystem::is_socket(path));
}

TEST_CASE("what goes wrong in welcoming one peer keeps no other from coming") {
  asio::io_context context;
  TestClock clock;
  const Diagnostics diagnostics("test", LineStyle::tool, Level::error, clock, /*fd=*/-1);
  const Listeners listeners = Listener::bind(context.get_executor(), at("127.0.0.1:0"));
  listeners[0]->open();
  int came = 0;
  const auto welcome = [&came](const std::shared_ptr<WatchedSocket>&, const Peer&) {
    if (++came == 1) throw std::bad_alloc();
  };
  asio::co_spawn(context, listeners[0]->serve(loopback_ranges(), diagnostics, welcome), unattended);
  const auto port = port_in(listeners[0]->endpoint());
  RawPeer first = RawPeer::connect(port);
  RawPeer second = RawPeer::connect(port);
  CHECK(comes_true(context, [&] { return came == 2; }));
  CHECK(first.is_closed());
}

TEST_CASE("running out of descriptors pauses accepting, and heals") {
  const Server server(loopback_ranges());
  RawPeer first = RawPeer::connect(server.port());
  REQUIRE(first.read_frame());
  RawPeer second(::socket(AF_INET, SOCK_STREAM, 0));  // its descriptor is taken beforehand

  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;  // a higher limit may leave one free: accept takes one for a moment, in vain
  setrlimit(RLIMIT_NOFILE, &none);
  second.connect_to(server.port());
  second.set_timeout(std::chrono::milliseconds(150));
  const bool paused = second.hears_nothing();
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(paused);

  second.set_timeout(test_timeout);
  CHECK(second.read_frame());
}

}  // namespace vtp
