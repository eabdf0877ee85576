#include "lib/net/connection.h"

#include <array>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace vtp {

namespace {

// The memory of each connection for small messages; it is bounded by the number of connections.
constexpr std::size_t uncounted = 8 * 1024;
constexpr std::chrono::milliseconds memory_pause{5};  // between attempts to get memory

}  // namespace

Connection::Connection(std::shared_ptr<WatchedSocket> socket, std::string peer,
                       std::size_t max_frame, MemoryBudget* budget)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      max_frame_(max_frame),
      decoder_(max_frame),
      coming_(budget, interrupter()),
      going_(budget, interrupter()) {}

// Interrupts the connection when the budget drops one of its holders, on any thread.
std::function<void()> Connection::interrupter() {
  return [weak = std::weak_ptr(socket_), executor = socket_->socket().get_executor()] {
    asio::post(executor, [weak] {
      if (const auto socket = weak.lock()) socket->deadline(std::chrono::milliseconds{0});
    });
  };
}

Connection::~Connection() { socket_->close(); }

asio::awaitable<std::optional<std::string>> Connection::read() {
  coming_.hold(decoder_.memory() > uncounted ? decoder_.memory() : 0);
  while (true) {
    if (const auto payload = decoder_.next()) {
      std::string whole(*payload);
      decoder_.shrink();
      message_begun_.reset();
      if (decoder_.within_frame()) message_begun_ = turn_began_;
      if (has_had_its_turn()) co_await give_way();
      co_return whole;
    }
    if (decoder_.too_large()) {
      ending_ = Ending::too_large;
      co_return std::nullopt;
    }
    asio::error_code error;
    bool has_room = try_hold_room();
    if (!has_room) has_room = co_await wait_for_room();
    if (interrupted() || !has_room) error = asio::error::operation_aborted;
    if (!error) {
      const auto room = decoder_.room();
      const auto buffer = asio::buffer(room.data(), room.size());
      std::size_t count = 0;
      if (socket_->tls())
        count = co_await socket_->read_tls(buffer, error);
      else
        count = co_await socket_->socket().async_read_some(
            buffer, asio::redirect_error(asio::use_awaitable, error));
      decoder_.add(count);
      coming_.progress(count);
      turn_began_ = std::chrono::steady_clock::now();
      if (!message_begun_ && decoder_.within_frame()) message_begun_ = turn_began_;
    }
    if (error) {
      note_end(error);
      co_return std::nullopt;
    }
  }
}

// Reserves memory for more of the message; false if there is none.
bool Connection::try_hold_room() {
  const std::size_t size = decoder_.memory_after_room();
  return size <= uncounted || coming_.try_hold(size);
}

asio::awaitable<bool> Connection::wait_for_room() {
  asio::steady_timer pause(socket_->socket().get_executor());
  const auto end = std::chrono::steady_clock::now() + memory_timeout;
  while (!interrupted() && std::chrono::steady_clock::now() < end) {
    pause.expires_after(memory_pause);
    asio::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (coming_.dropped()) break;
    if (try_hold_room()) co_return true;
  }
  if (!interrupted()) ending_ = Ending::no_memory;
  co_return false;
}

bool Connection::has_had_its_turn() const {
  return std::chrono::steady_clock::now() - turn_began_ >= longest_turn;
}

asio::awaitable<void> Connection::give_way() {
  co_await asio::post(socket_->socket().get_executor(), asio::use_awaitable);
  turn_began_ = std::chrono::steady_clock::now();
}

asio::awaitable<bool> Connection::write(std::string_view payload) {
  const auto header = frame_header(payload.size());
  std::array<asio::const_buffer, 2> buffers = {asio::buffer(header), asio::buffer(payload)};
  co_return co_await send(buffers);
}

asio::awaitable<bool> Connection::write(std::span<const std::string_view> payloads) {
  std::vector<std::array<char, frame_header_size>> headers;
  std::vector<asio::const_buffer> buffers;
  headers.reserve(payloads.size());
  buffers.reserve(2 * payloads.size());
  for (const std::string_view payload : payloads) {
    buffers.push_back(asio::buffer(headers.emplace_back(frame_header(payload.size()))));
    buffers.push_back(asio::buffer(payload));
  }
  co_return co_await send(buffers);
}

// Not asio::async_write: its next step would not notice an interruption between two steps.
asio::awaitable<bool> Connection::send(std::span<asio::const_buffer> left) {
  const std::size_t bytes = asio::buffer_size(left);
  if (bytes > MemoryBudget::small) going_.hold(bytes);
  while (!left.empty()) {
    asio::error_code error;
    if (interrupted()) error = asio::error::operation_aborted;
    std::size_t sent = 0;
    if (!error && socket_->tls())
      sent = co_await socket_->write_tls(left, error);
    else if (!error)
      sent = co_await socket_->socket().async_write_some(
          left, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      note_end(error);
      co_return false;
    }
    going_.progress(sent);
    for (; !left.empty() && sent >= left.front().size(); left = left.subspan(1))
      sent -= left.front().size();
    if (!left.empty()) left.front() += sent;
  }
  going_.hold(0);
  co_return true;
}

asio::awaitable<void> Connection::finish() {
  asio::error_code error;
  if (socket_->tls()) socket_->tls()->close();
  socket_->socket().shutdown(asio::socket_base::shutdown_send, error);
  std::array<char, 16 * 1024> dropped;
  while (!error && !interrupted())
    co_await socket_->socket().async_read_some(asio::buffer(dropped),
                                               asio::redirect_error(asio::use_awaitable, error));
}

bool Connection::is_quiet() {
  if (ending_ != Ending::none || within_frame()) return false;
  if (socket_->tls()) return socket_->tls()->is_quiet();
  std::array<char, 1> next;
  asio::error_code error;
  socket_->socket().non_blocking(true, error);
  if (!error) socket_->socket().receive(asio::buffer(next), asio::socket_base::message_peek, error);
  return error == asio::error::would_block;
}

bool Connection::has_input() const {
  asio::error_code ignored;
  return within_frame() || (socket_->tls() && socket_->tls()->has_input()) ||
         socket_->socket().available(ignored) > 0;
}

void Connection::note_end(const asio::error_code& error) {
  if (socket_->stopped())
    ending_ = ending_ == Ending::none ? Ending::stopped : ending_;  // it may have ended before
  else if (ending_ == Ending::no_memory || coming_.dropped() || going_.dropped())
    ending_ = Ending::no_memory;
  else if (socket_->timed_out())
    ending_ = Ending::timed_out;
  else if (error == asio::error::eof && !decoder_.within_frame())
    ending_ = Ending::closed;
  else
    ending_ = Ending::cut;
}

std::string Connection::ending_text() const {
  switch (ending_) {
    case Ending::none:
      return "open";
    case Ending::closed:
      return "closed";
    case Ending::cut:
      if (socket_->tls() && !socket_->tls()->problem().empty()) return socket_->tls()->problem();
      return decoder_.within_frame() ? "closed in the middle of a message" : "connection lost";
    case Ending::timed_out:
      return decoder_.within_frame() ? "timed out in the middle of a message" : "timed out";
    case Ending::too_large: {
      const std::uint32_t size = *decoder_.too_large();
      if (const auto other = other_protocol(size); !other.empty())
        return fmt::format("this is {}, not VTP", other);
      const std::uint32_t swapped = __builtin_bswap32(size);
      return fmt::format("a message of {} bytes is over the limit of {}{}", size, max_frame_,
                         swapped <= max_frame_ ? " (is its length in the wrong byte order?)" : "");
    }
    case Ending::no_memory:
      return "there is no memory for a message now; try again later";
    case Ending::stopped:
      return "stopped";
  }
  return "";
}

}  // namespace vtp
