#include "lib/net/listen.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/file.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/base/descriptor.h"
#include "lib/net/allow_list.h"

namespace vtp {
namespace {

using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
using GenericEndpoint = asio::generic::stream_protocol::endpoint;

// How long to wait for descriptors or memory before the next attempt.
constexpr std::chrono::milliseconds failure_pause{100};
constexpr std::chrono::seconds lock_timeout{1};
constexpr std::chrono::milliseconds lock_interval{5};
constexpr int port_tries = 16;  // attempts to find a port that is free for IPv4 and IPv6

// Held by one broker at a time while it checks for an abandoned socket, replaces it, and begins to
// listen. Any local user may hold it in a folder such as /tmp, so the wait is short.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path)
      : folder_(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    const auto give_up = std::chrono::steady_clock::now() + lock_timeout;
    while (::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK &&
           std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(lock_interval);
  }

 private:
  static std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? "." : folder.string();
  }

  Descriptor folder_;
};

// No program listens there. A program whose backlog is full is alive, and may not answer for some
// time.
bool is_abandoned(const std::string& path) {
  const asio::local::stream_protocol::endpoint end(path);
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe.get() >= 0 &&
         ::connect(probe.get(), end.data(), static_cast<socklen_t>(end.size())) != 0 &&
         errno == ECONNREFUSED;
}

// The file of a socket stays behind when its program is killed; it may be replaced, but never that
// of a running program.
void remove_if_abandoned(const std::string& path) {
  std::error_code no_such_file;
  if (std::filesystem::is_socket(path, no_such_file) && is_abandoned(path)) ::unlink(path.c_str());
}

// Binds, or sets the error.
Acceptor bound(const asio::any_io_executor& executor, const GenericEndpoint& address,
               asio::error_code& error) {
  Acceptor acceptor(executor);
  acceptor.open(address.protocol(), error);
  if (!error && address.protocol().family() != AF_UNIX)
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && address.protocol().family() == AF_INET6)
    acceptor.set_option(asio::ip::v6_only(true), error);
  // Accepted sockets inherit this option.
  if (!error && address.protocol().family() != AF_UNIX)
    acceptor.set_option(tcp::no_delay(true), error);
  if (!error) acceptor.bind(address, error);
  return acceptor;
}

// IPv4 and IPv6 on one port. A machine without IPv6 listens only on IPv4.
std::vector<Acceptor> bound_to_all(const asio::any_io_executor& executor, std::uint16_t port,
                                   asio::error_code& error) {
  for (int tries = port == 0 ? port_tries : 1; tries > 0; --tries) {
    std::vector<Acceptor> acceptors;
    acceptors.push_back(bound(executor, tcp::endpoint(tcp::v4(), port), error));
    if (error) return {};
    const std::uint16_t picked = tcp_end(acceptors.front().local_endpoint())->port();
    auto v6 = bound(executor, tcp::endpoint(tcp::v6(), picked), error);
    if (error == asio::error::address_in_use) continue;
    if (!error) acceptors.push_back(std::move(v6));
    error.clear();
    return acceptors;
  }
  return {};
}

std::vector<Acceptor> bound_to(const asio::any_io_executor& executor, const Endpoint& endpoint,
                               asio::error_code& error) {
  std::vector<Acceptor> acceptors;
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint)) {
    const FolderLock lock(local->path);
    remove_if_abandoned(local->path);
    acceptors.push_back(
        bound(executor, asio::local::stream_protocol::endpoint(local->path), error));
    if (error) return acceptors;
    acceptors.back().listen(asio::socket_base::max_listen_connections, error);
    if (error) ::unlink(local->path.c_str());
    return acceptors;
  }
  const auto& wanted = std::get<TcpEndpoint>(endpoint);
  if (wanted.host.empty()) return bound_to_all(executor, wanted.port, error);
  asio::io_context context;
  tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(wanted.host, std::to_string(wanted.port),
                       tcp::resolver::numeric_service | tcp::resolver::passive, error);
  for (const auto& entry : found) {
    if (error) break;
    acceptors.push_back(bound(executor, entry.endpoint(), error));
  }
  return acceptors;
}

std::string path_of(const Endpoint& endpoint) {
  const auto* const local = std::get_if<UnixEndpoint>(&endpoint);
  return local ? local->path : std::string();
}

}  // namespace

std::vector<std::unique_ptr<Listener>> Listener::bind(asio::any_io_executor executor,
                                                      const Endpoint& endpoint) {
  asio::error_code error;
  std::vector<Acceptor> acceptors = bound_to(executor, endpoint, error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot listen on {}: {}", text_of(endpoint), error.message()));
  std::vector<std::unique_ptr<Listener>> listeners;
  for (Acceptor& acceptor : acceptors)
    listeners.emplace_back(new Listener(std::move(acceptor), endpoint));
  return listeners;
}

Listener::Listener(Acceptor acceptor, const Endpoint& endpoint)
    : acceptor_(std::move(acceptor)),
      unix_path_(path_of(endpoint)),
      has_tls_(vtp::has_tls(endpoint)) {
  endpoint_ = (has_tls_ ? "tls:" : "") + peer_at(acceptor_.local_endpoint(), unix_path_).name;
  if (!unix_path_.empty()) ::stat(unix_path_.c_str(), &bound_);
}

std::vector<std::unique_ptr<Listener>> Listener::bind(const asio::any_io_executor& executor,
                                                      const std::vector<Endpoint>& endpoints) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (const Endpoint& endpoint : endpoints)
    for (auto& listener : bind(executor, endpoint))
      listeners.push_back(std::move(listener));
  return listeners;
}

Listener::~Listener() { close(); }

void Listener::open() {
  asio::error_code error;
  acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    throw std::runtime_error(fmt::format("cannot listen on {}: {}", endpoint_, error.message()));
}

asio::awaitable<void> Listener::serve(std::vector<AddressRange> allowed,
                                      const Diagnostics& diagnostics, Welcome welcome, Host host,
                                      Welcome stranger) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer pause(here);
  const Clock clock;
  PeerDiagnostics strangers(clock, diagnostics);
  allow(std::move(allowed));
  bool failing = false;
  while (true) {
    asio::error_code error;
    GenericEndpoint end;
    const asio::any_io_executor there = host ? host() : here;
    StreamSocket socket = co_await acceptor_.async_accept(
        there, end, asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_.is_open()) co_return;
    if (error == asio::error::connection_aborted) continue;  // the peer has left already
    std::string problem;
    try {
      if (error)
        problem = error.message();
      else
        take(std::move(socket), end, allowed_, strangers, welcome, stranger);
    } catch (const std::exception& failure) {
      problem = failure.what();
    }
    if (problem.empty()) {
      if (std::exchange(failing, false))
        diagnostics.info("Accepting connections on {} again", endpoint_);
      continue;
    }
    if (!std::exchange(failing, true))
      diagnostics.error("Cannot accept connections on {}: {}; waiting until it is possible again",
                        endpoint_, problem);
    pause.expires_after(failure_pause);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Listener::take(StreamSocket socket, const GenericEndpoint& end,
                    const std::vector<AddressRange>& allowed, PeerDiagnostics& strangers,
                    const Welcome& welcome, const Welcome& stranger) {
  Peer peer = peer_at(end, unix_path_);
  peer.has_tls = has_tls_;
  if (peer.address && !any_contains(allowed, *peer.address)) {
    auto session = strangers.session(peer.name);
    session.warning("Connection from {} turned away: its address is not allowed", peer.name);
    const auto forgotten = forgotten_loopback(allowed, *peer.address);
    if (forgotten && !std::exchange(loopback_told_, true)) session.warning("{}", *forgotten);
    if (stranger) stranger(WatchedSocket::make(std::move(socket)), std::move(peer));
    return;
  }
  welcome(WatchedSocket::make(std::move(socket)), std::move(peer));
}

// The file is removed before listening ends: otherwise another program could take the socket for
// abandoned and replace it, and we would remove its file.
void Listener::close() {
  if (!acceptor_.is_open()) return;
  if (!unix_path_.empty() && is_at_path()) ::unlink(unix_path_.c_str());
  asio::error_code ignored;
  acceptor_.close(ignored);
}

bool Listener::is_at_path() const {
  struct stat there {};
  return ::stat(unix_path_.c_str(), &there) == 0 && there.st_dev == bound_.st_dev &&
         there.st_ino == bound_.st_ino;
}

}  // namespace vtp
