// A connected socket that reads and writes frames, with one deadline for its current operation.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>

#include "lib/net/budget.h"
#include "lib/net/socket.h"
#include "lib/vtp/frame.h"

namespace vtp {

// How a connection ended, as seen from this side.
enum class Ending {
  none,       // it has not ended
  closed,     // closed by the peer, between frames
  cut,        // closed by the peer within a frame, or lost
  timed_out,  // the deadline passed
  too_large,  // a frame is over the limit; no more is read
  no_memory,  // no memory for a frame, or others needed it
  stopped     // by stop()
};

// One thread: that of the socket's executor. At most one read and one write at a time.
class Connection {
 public:
  // How long a message may wait for memory.
  static constexpr std::chrono::seconds memory_timeout{1};

  // peer: its name for people, such as 127.0.0.1:59635. max_frame: the largest payload, in bytes.
  // budget: large messages are counted in it; a received one until the next read(), since the
  // caller works on it until then. It must live longer. nullptr: nothing is counted.
  Connection(std::shared_ptr<WatchedSocket> socket, std::string peer, std::size_t max_frame,
             MemoryBudget* budget = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const std::string& peer() const { return peer_; }

  // Operations that are not finished after `timeout` end with timed_out, and so do all later ones
  // until a new deadline is set.
  void deadline(std::chrono::milliseconds timeout) { socket_->deadline(timeout); }

  // Operations have no deadline from now on.
  void no_deadline() { socket_->no_deadline(); }

  // How long a connection with buffered messages may keep the thread before others get a turn.
  static constexpr std::chrono::milliseconds longest_turn{1};

  // The next payload, or nothing at the end of the connection: ending() then says how it ended. If
  // this connection has kept the thread for longest_turn, others get a turn first.
  [[nodiscard]] asio::awaitable<std::optional<std::string>> read();

  // When the first byte of an incomplete message arrived; nothing between messages.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> message_begun() const {
    return message_begun_;
  }

  // Sends the payload with its header; false if the connection ended before the system had accepted
  // all of it. What the peer sent before it closed can still be read.
  [[nodiscard]] asio::awaitable<bool> write(std::string_view payload);

  // Sends the payloads in order, each with its header, in as few system calls as possible.
  [[nodiscard]] asio::awaitable<bool> write(std::span<const std::string_view> payloads);

  // Tells the peer that no more will come, then reads and discards its input until it closes or the
  // deadline passes: closing at once could destroy what was written last (RFC 1122, 4.2.2.13).
  [[nodiscard]] asio::awaitable<void> finish();

  // Ends the current operation, and all later ones, with `stopped`.
  void stop() { socket_->stop(); }

  [[nodiscard]] Ending ending() const { return ending_; }
  [[nodiscard]] bool within_frame() const { return decoder_.within_frame(); }

  // The connection has not ended, has no unread input, and the peer has not closed it. Call it only
  // while no operation is under way.
  [[nodiscard]] bool is_quiet();

  // Part of a frame has arrived, possibly unread.
  [[nodiscard]] bool has_input() const;

  // How it ended, for people, such as "closed in the middle of a message".
  [[nodiscard]] std::string ending_text() const;

 private:
  asio::awaitable<bool> send(std::span<asio::const_buffer> left);
  [[nodiscard]] bool has_had_its_turn() const;
  asio::awaitable<void> give_way();
  bool try_hold_room();
  asio::awaitable<bool> wait_for_room();
  std::function<void()> interrupter();
  [[nodiscard]] bool interrupted() const { return socket_->timed_out() || socket_->stopped(); }
  void note_end(const asio::error_code& error);

  std::shared_ptr<WatchedSocket> socket_;
  std::string peer_;
  std::size_t max_frame_;
  FrameDecoder decoder_;
  MemoryBudget::Holder coming_;  // for the message being received, or received last
  MemoryBudget::Holder going_;   // for the messages being sent
  std::chrono::steady_clock::time_point turn_began_{};  // when the current turn began
  std::optional<std::chrono::steady_clock::time_point> message_begun_;
  Ending ending_ = Ending::none;
};

}  // namespace vtp
