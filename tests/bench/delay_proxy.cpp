// A slow link, for measurements: delay_proxy MILLISECONDS PORT
// Prints a port of 127.0.0.1, and passes on what connects there to PORT, each byte so long after it came, both ways;
// the first not before the connection would have been made over such a link, which takes one round trip. Ends with
// its standard input.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "lib/net/coroutine.h"

namespace vtp {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Piece {
  steady_clock::time_point due;
  std::string bytes;  // none: the end
};

// One way through a connection.
struct Way {
  explicit Way(const asio::any_io_executor& executor) : arrived(executor) {}

  std::deque<Piece> under_way;
  Change arrived;
};

// Both of its sockets close with the last of the coroutines that share it.
struct Link {
  explicit Link(tcp::socket client)
      : near(std::move(client)),
        far(near.get_executor()),
        there(near.get_executor()),
        back(near.get_executor()) {}

  tcp::socket near;
  tcp::socket far;
  Way there;
  Way back;
  steady_clock::time_point made;  // when the connection is, over the slow link
};

asio::awaitable<void> take(std::shared_ptr<Link> link, tcp::socket& from, Way& way,
                           milliseconds delay) {
  std::string buffer(64 * 1024, '\0');
  asio::error_code error;
  while (!error) {
    const std::size_t size = co_await from.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    const auto came = std::max(steady_clock::now(), link->made);
    way.under_way.push_back({came + delay, buffer.substr(0, error ? 0 : size)});
    way.arrived.tell();
  }
}

asio::awaitable<void> give(std::shared_ptr<Link> link, Way& way, tcp::socket& to) {
  asio::steady_timer timer(to.get_executor());
  asio::error_code error;
  while (!error) {
    if (way.under_way.empty()) {
      co_await way.arrived.wait();
      continue;
    }
    const Piece piece = std::move(way.under_way.front());
    way.under_way.pop_front();
    timer.expires_at(piece.due);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (piece.bytes.empty()) break;
    co_await asio::async_write(to, asio::buffer(piece.bytes),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  to.shutdown(tcp::socket::shutdown_send, error);
  if (error) link->near.cancel(error);
}

asio::awaitable<void> serve(tcp::acceptor& acceptor, tcp::endpoint target, milliseconds delay) {
  const auto executor = acceptor.get_executor();
  while (true) {
    tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
    const auto link = std::make_shared<Link>(std::move(client));
    link->made = steady_clock::now() + 2 * delay;
    asio::error_code error;
    co_await link->far.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
    if (error) continue;
    link->near.set_option(tcp::no_delay(true));
    link->far.set_option(tcp::no_delay(true));
    asio::co_spawn(executor, take(link, link->near, link->there, delay), unattended);
    asio::co_spawn(executor, give(link, link->there, link->far), unattended);
    asio::co_spawn(executor, take(link, link->far, link->back, delay), unattended);
    asio::co_spawn(executor, give(link, link->back, link->near), unattended);
  }
}

void run(milliseconds delay, std::uint16_t port) {
  asio::io_context context;
  const auto here = asio::ip::address_v4::loopback();
  tcp::acceptor acceptor(context, {here, 0});
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  asio::co_spawn(context, serve(acceptor, {here, port}, delay), unattended);
  std::thread input([&] {
    char ignored[100];
    while (::read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
    context.stop();
  });
  context.run();
  input.join();
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument("usage: delay_proxy MILLISECONDS PORT");
    vtp::run(std::chrono::milliseconds(std::stoi(argv[1])),
             static_cast<std::uint16_t>(std::stoi(argv[2])));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "delay_proxy: %s\n", error.what());
    return 1;
  }
}
