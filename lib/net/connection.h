// A connected socket as frames in and out, with one deadline over whatever it is doing.
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

// How a connection came to its end, as seen from here.
enum class Ending {
  none,       // it goes on
  closed,     // by the peer, between frames
  cut,        // by the peer within a frame, or by the network
  timed_out,  // the deadline passed
  too_large,  // a frame over the limit; nothing more is read
  no_memory,  // there was none for a frame, or others needed it
  stopped     // by us: stop()
};

// One thread: that of the socket's executor. At most one read and one write are under way at a
// time.
class Connection {
 public:
  // How long a message that there is no memory for may wait for it.
  static constexpr std::chrono::seconds memory_patience{1};

  // peer: its name for people, such as 127.0.0.1:59635. max_frame: the largest payload, in bytes. budget:
  // what large messages are taken out of, one that comes up to the next read(), since whoever has read it
  // works on it; it must live longer. None: nothing is counted.
  Connection(std::shared_ptr<WatchedSocket> socket, std::string peer, std::size_t max_frame,
             MemoryBudget* budget = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const std::string& peer() const { return peer_; }

  // From now on, whatever is not done after `patience` ends with timed_out, and so does all that
  // follows until a new deadline is set.
  void deadline(std::chrono::milliseconds patience) { socket_->deadline(patience); }

  // From now on things may take as long as they like.
  void no_deadline() { socket_->no_deadline(); }

  // How long a peer whose messages are all there may keep the thread from others.
  static constexpr std::chrono::milliseconds longest_turn{1};

  // The next payload, or nothing at the end of the connection: ending() then says which end. Lets others
  // have their turn first, if this connection has kept the thread for longest_turn.
  [[nodiscard]] asio::awaitable<std::optional<std::string>> read();

  // When the first byte came of a message that is not all there; nothing between messages.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> message_begun() const {
    return message_begun_;
  }

  // Sends the payload with its header; false if the connection ended before all of it was handed to
  // the system. What the peer sent before it closed can still be read.
  [[nodiscard]] asio::awaitable<bool> write(std::string_view payload);

  // Sends them in order, each with its header, in as few steps as the system takes them.
  [[nodiscard]] asio::awaitable<bool> write(std::span<const std::string_view> payloads);

  // Tells the peer that nothing more comes, then reads and drops what it still sends, until it
  // closes or the deadline passes: closing at once could take from it what was written last (RFC
  // 1122, 4.2.2.13).
  [[nodiscard]] asio::awaitable<void> finish();

  // Ends what is under way, and all that follows, with `stopped`.
  void stop() { socket_->stop(); }

  [[nodiscard]] Ending ending() const { return ending_; }
  [[nodiscard]] bool within_frame() const { return decoder_.within_frame(); }

  // It has not ended, nothing has come that nobody has read yet, and the peer has not closed. Only while
  // nothing is under way.
  [[nodiscard]] bool is_quiet();

  // Something of a frame has come, though perhaps nobody has read it yet.
  [[nodiscard]] bool has_input() const;

  // The end in words for people, such as "closed in the middle of a message".
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
  MemoryBudget::Holder coming_;                         // of the message that comes, or came last
  MemoryBudget::Holder going_;                          // of those that are being sent
  std::chrono::steady_clock::time_point turn_began_{};  // when something was read last
  std::optional<std::chrono::steady_clock::time_point> message_begun_;
  Ending ending_ = Ending::none;
};

}  // namespace vtp
