#include "lib/net/dial.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <future>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/base/descriptor.h"
#include "lib/net/coroutine.h"
#include "lib/net/tls_handshake.h"

namespace vtp {
namespace {

using GenericEndpoint = asio::generic::stream_protocol::endpoint;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

using Addresses = std::vector<GenericEndpoint>;

const Problem broken_off{"cancelled"};

milliseconds left_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  return std::max(left, milliseconds{0});
}

// Asks the system, which may take any time.
Result<Addresses> ask_system(const TcpEndpoint& endpoint) {
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

Problem problem_with(const std::string& what, const std::exception_ptr& problem) {
  return {fmt::format("{}: {}", what, reason_of(problem))};
}

// Runs on a thread on which nothing would catch an exception.
Result<Addresses> look_up(const TcpEndpoint& endpoint) noexcept {
  try {
    return ask_system(endpoint);
  } catch (...) {
    return problem_with("cannot resolve " + endpoint.host, std::current_exception());
  }
}

// Connects the socket to a new socket, whose descriptor it returns.
Descriptor pair_with(asio::local::stream_protocol::socket& socket, asio::error_code& error) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    error.assign(errno, asio::error::get_system_category());
    return {};
  }
  Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  socket.assign(asio::local::stream_protocol(), ours.get(), error);
  if (!error) static_cast<void>(ours.release());
  return theirs;
}

// On a detached thread. Returns an error if the system has no thread.
template <class Work>
asio::error_code start_thread(Work work) {
  try {
    std::thread(std::move(work)).detach();
  } catch (const std::system_error& error) {
    return error.code();
  }
  return {};
}

}  // namespace

// Looks up the name on a thread of its own, which is abandoned after `timeout`: getaddrinfo(3) can
// neither be interrupted nor given a timeout. The thread closes its end of a socket pair when it
// has the answer.
asio::awaitable<Result<Addresses>> Dialer::resolve(TcpEndpoint endpoint, milliseconds timeout) {
  const auto failed = [&](std::string_view why) {
    return Problem{fmt::format("cannot resolve {}: {}", endpoint.host, why)};
  };
  asio::error_code error;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::local::stream_protocol::socket ours(executor);
  Descriptor theirs = pair_with(ours, error);
  if (error) co_return failed(error.message());

  std::promise<Result<Addresses>> promise;
  std::future<Result<Addresses>> answer = promise.get_future();
  error =
      start_thread([endpoint, theirs = std::move(theirs), promise = std::move(promise)]() mutable {
        promise.set_value(look_up(endpoint));
        theirs = {};
      });
  if (error) co_return failed(error.message());

  const auto watched = WatchedSocket::make(StreamSocket(std::move(ours)));
  watched->deadline(timeout);
  under_way_ = watched;
  std::array<char, 1> nothing;
  co_await watched->socket().async_read_some(asio::buffer(nothing),
                                             asio::redirect_error(asio::use_awaitable, error));
  watched->close();
  if (stopped_) co_return broken_off;
  if (answer.wait_for(milliseconds{0}) != std::future_status::ready)
    co_return failed(
        fmt::format("no answer within {:.3g} s", std::chrono::duration<double>(timeout).count()));
  co_return answer.get();
}

asio::awaitable<Result<Addresses>> Dialer::addresses_of(Endpoint endpoint, milliseconds timeout) {
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint))
    co_return Addresses{asio::local::stream_protocol::endpoint(local->path)};
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  asio::error_code error;
  const auto address = asio::ip::make_address(tcp.host, error);
  if (!error) co_return Addresses{asio::ip::tcp::endpoint(address, tcp.port)};
  co_return co_await resolve(tcp, timeout);
}

// The socket, connected to that address, or the problem. with_tls: the endpoint, if it has TLS.
asio::awaitable<Result<std::shared_ptr<WatchedSocket>>> Dialer::connect(GenericEndpoint address,
                                                                        const TcpEndpoint* with_tls,
                                                                        milliseconds timeout) {
  const auto executor = co_await asio::this_coro::executor;
  const auto watched = WatchedSocket::make(StreamSocket(executor));
  asio::error_code error;
  watched->socket().open(address.protocol(), error);
  if (!error) {
    watched->deadline(timeout);
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
  if (!with_tls) co_return watched;
  auto problem = co_await begin_handshake(*watched, *tls_, with_tls->host, with_tls->port);
  if (!problem) co_return watched;
  watched->close();
  co_return Problem{stopped_ ? broken_off.text : *std::move(problem)};
}

asio::awaitable<Result<Dialed>> Dialer::dial(Endpoint endpoint, milliseconds timeout) {
  std::exception_ptr problem;
  try {
    co_return co_await try_addresses(endpoint, timeout);
  } catch (...) {
    problem = std::current_exception();
  }
  co_return problem_with("cannot connect", problem);
}

asio::awaitable<Result<Dialed>> Dialer::try_addresses(Endpoint endpoint, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  const auto addresses = co_await addresses_of(endpoint, timeout);
  if (!addresses) co_return Problem{addresses.problem()};

  const auto* local = std::get_if<UnixEndpoint>(&endpoint);
  const auto* with_tls = has_tls(endpoint) ? &std::get<TcpEndpoint>(endpoint) : nullptr;
  std::vector<std::string> failures;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const auto share = left_until(deadline) / static_cast<int>(addresses->size() - i);
    const Peer peer = peer_at((*addresses)[i], local ? local->path : "");
    const auto socket = co_await connect((*addresses)[i], with_tls, share);
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
