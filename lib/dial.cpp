#include "lib/dial.h"

#include <algorithm>
#include <array>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vtp {
namespace {

using GenericEndpoint = asio::generic::stream_protocol::endpoint;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

using Addresses = std::vector<GenericEndpoint>;

const Problem broken_off{"broken off"};

milliseconds left_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  return std::max(left, milliseconds{0});
}

// Asks the system, which may take as long as it likes.
Result<Addresses> look_up(const TcpEndpoint& endpoint) {
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  asio::error_code error;
  const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port),
                                      asio::ip::resolver_base::numeric_service, error);
  if (error) return Problem{fmt::format("cannot resolve {}: {}", endpoint.host, error.message())};
  std::vector<asio::ip::tcp::endpoint> addresses;
  for (const auto& entry : found)
    addresses.push_back(entry.endpoint());
  if (endpoint.host == "localhost")
    std::ranges::stable_partition(addresses, [](const auto& end) { return end.address().is_v4(); });
  return Addresses(addresses.begin(), addresses.end());
}

}  // namespace

// Looks the name up on a thread of its own, which is left to itself when patience ends:
// getaddrinfo(3) can neither be interrupted nor told how long to take. The thread's end of a pair
// of sockets closes when it has the answer.
asio::awaitable<Result<Addresses>> Dialer::resolve(TcpEndpoint endpoint, milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  asio::local::stream_protocol::socket ours(executor);
  auto context = std::make_shared<asio::io_context>();
  asio::local::stream_protocol::socket theirs(*context);
  asio::local::connect_pair(ours, theirs);

  std::promise<Result<Addresses>> promise;
  std::future<Result<Addresses>> answer = promise.get_future();
  std::thread([endpoint, context, theirs = std::move(theirs),
               promise = std::move(promise)]() mutable {
    promise.set_value(look_up(endpoint));
    theirs.close();
  }).detach();

  const auto watched = WatchedSocket::make(StreamSocket(std::move(ours)));
  watched->deadline(patience);
  under_way_ = watched;
  std::array<char, 1> nothing;
  asio::error_code ignored;
  co_await watched->socket().async_read_some(asio::buffer(nothing),
                                             asio::redirect_error(asio::use_awaitable, ignored));
  watched->close();
  if (stopped_) co_return broken_off;
  if (answer.wait_for(milliseconds{0}) != std::future_status::ready)
    co_return Problem{fmt::format("cannot resolve {}: no answer within {:.3g} s", endpoint.host,
                                  std::chrono::duration<double>(patience).count())};
  co_return answer.get();
}

asio::awaitable<Result<Addresses>> Dialer::addresses_of(Endpoint endpoint, milliseconds patience) {
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint))
    co_return Addresses{asio::local::stream_protocol::endpoint(local->path)};
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  asio::error_code error;
  const auto address = asio::ip::make_address(tcp.host, error);
  if (!error) co_return Addresses{asio::ip::tcp::endpoint(address, tcp.port)};
  co_return co_await resolve(tcp, patience);
}

// The socket, connected to that address, or why it is not.
asio::awaitable<Result<std::shared_ptr<WatchedSocket>>> Dialer::connect(GenericEndpoint address,
                                                                        milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  const auto watched = WatchedSocket::make(StreamSocket(executor));
  asio::error_code error;
  watched->socket().open(address.protocol(), error);
  if (!error) {
    watched->deadline(patience);
    under_way_ = watched;
    co_await watched->socket().async_connect(address,
                                             asio::redirect_error(asio::use_awaitable, error));
  }
  if (stopped_) error = asio::error::operation_aborted;
  if (watched->timed_out()) error = asio::error::timed_out;
  if (error) {
    watched->close();
    co_return Problem{error.message()};
  }
  if (address.protocol().family() != AF_UNIX)
    watched->socket().set_option(asio::ip::tcp::no_delay(true), error);
  co_return watched;
}

asio::awaitable<Result<Dialed>> Dialer::dial(Endpoint endpoint, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  const auto addresses = co_await addresses_of(endpoint, patience);
  if (!addresses) co_return Problem{addresses.problem()};

  const auto* local = std::get_if<UnixEndpoint>(&endpoint);
  std::vector<std::string> failures;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const auto share = left_until(deadline) / static_cast<int>(addresses->size() - i);
    const Peer peer = peer_at((*addresses)[i], local ? local->path : "");
    const auto socket = co_await connect((*addresses)[i], share);
    if (socket) co_return Dialed{*socket, peer};
    if (stopped_) co_return broken_off;
    failures.push_back(fmt::format("{}: {}", peer.name, socket.problem()));
  }
  co_return Problem{fmt::format("cannot connect to {}", fmt::join(failures, "; "))};
}

void Dialer::stop() {
  stopped_ = true;
  if (under_way_) under_way_->stop();
}

}  // namespace vtp
