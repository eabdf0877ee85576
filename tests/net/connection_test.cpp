#include "lib/net/connection.h"

#include <functional>
#include <thread>

#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using Local = asio::local::stream_protocol::socket;

// A connection, and the bare other end of it.
struct Pair {
  explicit Pair(std::size_t max_frame = 1000) : theirs(context) {
    Local ours(context);
    asio::local::connect_pair(ours, theirs);
    connection.emplace(WatchedSocket::make(StreamSocket(std::move(ours))), "them", max_frame);
  }

  std::optional<std::string> read() { return run_to_end(context, connection->read()); }
  bool write(std::string_view payload) { return run_to_end(context, connection->write(payload)); }
  void they_send(const std::string& bytes) { asio::write(theirs, asio::buffer(bytes)); }

  asio::io_context context;
  Local theirs;
  std::optional<Connection> connection;
};

}  // namespace

TEST_CASE("frames that came together are read one by one") {
  Pair pair;
  pair.they_send(framed("one") + framed("two"));
  CHECK(pair.read() == "one");
  CHECK(pair.read() == "two");
  CHECK(pair.connection->ending() == Ending::none);
}

TEST_CASE("it is known when a message has begun that is not all there") {
  Pair pair;
  CHECK_FALSE(pair.connection->message_begun());
  const auto before = std::chrono::steady_clock::now();
  pair.they_send(framed("one") + framed("two").substr(0, 2));
  CHECK(pair.read() == "one");
  REQUIRE(pair.connection->message_begun());
  CHECK(*pair.connection->message_begun() >= before);
  pair.they_send(framed("two").substr(2));
  CHECK(pair.read() == "two");
  CHECK_FALSE(pair.connection->message_begun());
}

TEST_CASE("others have their turn while messages are there that came long ago") {
  Pair pair;
  pair.they_send(framed("one") + framed("two"));
  CHECK(pair.read() == "one");
  std::this_thread::sleep_for(Connection::longest_turn);
  bool others = false;
  asio::post(pair.context, [&] { others = true; });
  CHECK(pair.read() == "two");
  CHECK(others);
}

TEST_CASE("what is written has its header") {
  Pair pair;
  CHECK(pair.write("event"));
  std::string got(9, '\0');
  asio::read(pair.theirs, asio::buffer(got));
  CHECK(got == framed("event"));
}

TEST_CASE("many payloads go out in order, each with its header") {
  Pair pair;
  std::string wanted;
  std::vector<std::string> texts;
  for (int i = 0; i < 500; ++i)
    texts.push_back(std::string(static_cast<std::size_t>(i % 7) * 100, 'x'));
  for (const std::string& text : texts)
    wanted += framed(text);
  const std::vector<std::string_view> payloads(texts.begin(), texts.end());
  std::string got(wanted.size(), '\0');
  std::thread reader([&] { asio::read(pair.theirs, asio::buffer(got)); });
  CHECK(run_to_end(pair.context, pair.connection->write(payloads)));
  reader.join();
  CHECK(got == wanted);
}

TEST_CASE("a peer that closes between frames has closed") {
  Pair pair;
  pair.they_send(framed("last"));
  pair.theirs.close();
  CHECK(pair.read() == "last");
  CHECK_FALSE(pair.read());
  CHECK(pair.connection->ending() == Ending::closed);
}

TEST_CASE("a peer that closes within a frame has cut it") {
  Pair pair;
  pair.they_send(framed("half").substr(0, 6));
  pair.theirs.close();
  CHECK_FALSE(pair.read());
  CHECK(pair.connection->ending() == Ending::cut);
  CHECK(pair.connection->ending_text() == "closed in the middle of a message");
}

TEST_CASE("a deadline ends a read, and each after it until there is a new one") {
  Pair pair;
  pair.connection->deadline(milliseconds(10));
  CHECK_FALSE(pair.read());
  CHECK(pair.connection->ending() == Ending::timed_out);
  pair.they_send(framed("late"));
  CHECK_FALSE(pair.read());
  CHECK_FALSE(pair.write("x"));
  pair.connection->deadline(test_timeout);
  CHECK(pair.read() == "late");
}

TEST_CASE("bytes that dribble do not move the deadline") {
  Pair pair;
  pair.connection->deadline(milliseconds(50));
  asio::steady_timer drip(pair.context);
  std::function<void(asio::error_code)> next = [&](asio::error_code error) {
    if (error) return;
    pair.they_send(std::string(1, '\0'));
    drip.expires_after(milliseconds(5));
    drip.async_wait(next);
  };
  pair.they_send(std::string("\0\0\3\x84", 4));  // 900 bytes are to follow
  next({});
  CHECK_FALSE(pair.read());
  CHECK(pair.connection->ending() == Ending::timed_out);
  CHECK(pair.connection->ending_text() == "timed out in the middle of a message");
}

TEST_CASE("a deadline ends a write that nobody reads") {
  Pair pair;
  pair.connection->deadline(milliseconds(10));
  CHECK_FALSE(pair.write(std::string(10'000'000, 'x')));
  CHECK(pair.connection->ending() == Ending::timed_out);
}

TEST_CASE("a later deadline takes the place of an earlier one, and the other way round") {
  Pair pair;
  pair.connection->deadline(milliseconds(1));
  pair.connection->deadline(test_timeout);
  asio::steady_timer later(pair.context, milliseconds(20));
  later.async_wait([&](const asio::error_code&) { pair.they_send(framed("in time")); });
  CHECK(pair.read() == "in time");
  pair.connection->deadline(milliseconds(1));
  CHECK_FALSE(pair.read());
  CHECK(pair.connection->ending() == Ending::timed_out);
}

TEST_CASE("a connection is quiet until something comes or the peer closes") {
  Pair pair;
  CHECK(pair.connection->is_quiet());
  pair.they_send(framed("one") + framed("two"));
  CHECK_FALSE(pair.connection->is_quiet());
  CHECK(pair.read() == "one");
  CHECK_FALSE(pair.connection->is_quiet());
  CHECK(pair.read() == "two");
  CHECK(pair.connection->is_quiet());
  pair.theirs.close();
  CHECK_FALSE(pair.connection->is_quiet());
}

TEST_CASE("stop() ends it for good") {
  Pair pair;
  pair.connection->stop();
  pair.connection->deadline(test_timeout);
  CHECK_FALSE(pair.read());
  CHECK(pair.connection->ending() == Ending::stopped);
}

TEST_CASE("a frame over the limit is not read, and the words say what may be wrong") {
  Pair pair(1000);
  SECTION("too large") {
    pair.they_send(std::string("\0\0\7\xd0", 4));
    CHECK_FALSE(pair.read());
    CHECK(pair.connection->ending_text() == "a message of 2000 bytes is over the limit of 1000");
  }
  SECTION("a length in little-endian") {
    pair.they_send(std::string("\x64\0\0\0", 4));
    CHECK_FALSE(pair.read());
    CHECK(
        pair.connection->ending_text() ==
        "a message of 1677721600 bytes is over the limit of 1000 (is its length in the wrong byte "
        "order?)");
  }
  CHECK(pair.connection->ending() == Ending::too_large);
}

TEST_CASE("what was written reaches a peer that is still sending") {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  RawPeer them = RawPeer::connect(acceptor.local_endpoint().port());
  Connection connection(WatchedSocket::make(StreamSocket(acceptor.accept())), "them", 10);
  them.send(framed(std::string(100'000, 'x')));
  connection.deadline(test_timeout);
  CHECK_FALSE(run_to_end(context, connection.read()));
  CHECK(run_to_end(context, connection.write("too large")));
  them.end_sending();
  run_to_end(context, [](Connection& c) -> asio::awaitable<bool> {
    co_await c.finish();
    co_return true;
  }(connection));
  CHECK(them.read_frame() == "too large");
  CHECK(them.is_closed());
}

}  // namespace vtp
