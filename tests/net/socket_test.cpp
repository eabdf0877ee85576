#include "lib/net/socket.h"

#include <array>

#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using Local = asio::local::stream_protocol::socket;

struct Pair {
  Pair() : theirs(context) {
    Local ours(context);
    asio::local::connect_pair(ours, theirs);
    watched = WatchedSocket::make(StreamSocket(std::move(ours)));
  }

  // How a read ends on which nothing comes.
  asio::error_code read() {
    return run_to_end(context, [](WatchedSocket& socket) -> asio::awaitable<asio::error_code> {
      std::array<char, 1> byte;
      asio::error_code error;
      co_await socket.socket().async_read_some(asio::buffer(byte),
                                               asio::redirect_error(asio::use_awaitable, error));
      co_return error;
    }(*watched));
  }

  asio::io_context context;
  Local theirs;
  std::shared_ptr<WatchedSocket> watched;
};

}  // namespace

TEST_CASE("a deadline interrupts what is under way, and a new one starts afresh") {
  Pair pair;
  for (int i = 0; i < 2; ++i) {
    pair.watched->deadline(milliseconds(5));
    CHECK_FALSE(pair.watched->timed_out());
    CHECK(pair.read() == asio::error::operation_aborted);
    CHECK(pair.watched->timed_out());
  }
}

TEST_CASE("without a deadline nothing is interrupted") {
  Pair pair;
  pair.watched->deadline(milliseconds(5));
  pair.watched->no_deadline();
  asio::steady_timer later(pair.context, milliseconds(30));
  later.async_wait([&](const asio::error_code&) { pair.theirs.close(); });
  CHECK(pair.read() == asio::error::eof);
  CHECK_FALSE(pair.watched->timed_out());
}

TEST_CASE("stop() interrupts what is under way") {
  Pair pair;
  asio::steady_timer soon(pair.context, milliseconds(5));
  soon.async_wait([&](const asio::error_code&) { pair.watched->stop(); });
  CHECK(pair.read() == asio::error::operation_aborted);
  CHECK(pair.watched->stopped());
  CHECK_FALSE(pair.watched->timed_out());
}

TEST_CASE("a deadline that outlives its socket does nothing") {
  Pair pair;
  pair.watched->deadline(milliseconds(1));
  pair.watched->close();
  pair.watched.reset();
  CHECK_NOTHROW(pair.context.run_for(test_timeout));
}

TEST_CASE("a closed socket keeps no context alive") {
  Pair pair;
  pair.watched->deadline(test_timeout);
  pair.watched->close();
  pair.context.run_for(test_timeout);
  CHECK(pair.context.stopped());  // it ran out of work before the timeout
}

}  // namespace vtp
