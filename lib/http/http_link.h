// A connection over HTTP beside RESTinio, which owns its socket: its peer, its seat, and what is told
// to a peer whose requests are none.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <asio/associated_executor.hpp>
#include <asio/bind_executor.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "lib/http/http_exchange.h"
#include "lib/http/http_options.h"
#include "lib/net/budget.h"
#include "lib/net/connection_limit.h"
#include "lib/net/peer.h"

struct http_parser;  // of RESTinio

namespace vtp {

class HttpSocket;

// For what waits for slow readers. Separate budgets: a large event that one reads must not keep
// others from a search, and neither from a live stream.
struct HttpMemory {
  static constexpr std::size_t each = 32 * 1024 * 1024;
  // Answers with more bytes are large: only events by their digest can be.
  static constexpr std::size_t large_answer = 4 * 1024 * 1024;

  MemoryBudget answers{each};
  MemoryBudget large_answers{each};
  MemoryBudget live{each};
};

// One thread, that of the context.
struct HttpLink : std::enable_shared_from_this<HttpLink> {
  HttpLink(asio::io_context& its_context, std::shared_ptr<HttpMemory> its_memory)
      : context(its_context),
        memory(std::move(its_memory)),
        held(&memory->answers),
        held_large(&memory->large_answers),
        held_live(&memory->live) {}

  // A request is complete; its answer is sent, or the connection has failed.
  void begin_request();
  void end_request();

  // Memory for an answer, in place of what it holds; false if there is none now. There always is for
  // a small one (budget.h); one that is larger than the budget is sent when there is no other.
  [[nodiscard]] bool hold(std::size_t bytes);
  // The same for a part of a live stream.
  [[nodiscard]] bool hold_live(std::size_t bytes);

  // Ends the connection if the answer is not all sent after this time.
  void limit_answer(std::chrono::milliseconds time);

  // Ends the connection: RESTinio finds that out.
  void cut() const;

  // Calls on_end once when the peer has ended the connection, while RESTinio does not read. What the
  // peer sends in addition stays where it is.
  void watch_for_end(std::function<void()> on_end);

  // Why RESTinio ends the connection amid a request, if that is the reason.
  [[nodiscard]] std::optional<HttpRefusal> refusal_at_end() const;

  // Whose bytes RESTinio is looking at: its parser knows no connection.
  static thread_local HttpLink* reading;

  asio::io_context& context;
  std::shared_ptr<HttpMemory> memory;  // of all
  HttpSocket* socket = nullptr;        // nullptr: closed
  Peer peer{};
  const HttpOptions* options = nullptr;  // of the server
  std::optional<HttpRefusal> refusal{};  // of all requests
  std::optional<ConnectionLimit::Seat> seat{};
  MemoryBudget::Holder held;  // the answer under way, in one of them
  MemoryBudget::Holder held_large;
  MemoryBudget::Holder held_live;
  std::size_t most_bytes = 0;           // of a request
  std::size_t unanswered = 0;           // bytes of a request that is not complete
  const http_parser* parser = nullptr;  // as long as the socket is open; nullptr: no request yet
  bool has_request = false;             // complete, and its answer is not all sent
  bool is_reading = false;              // RESTinio is looking at what was read
  bool has_ended = false;               // the peer has sent all, or the connection has failed
  bool closes = false;                  // no request after this one
  bool lingers = false;                 // a refusal was sent
  std::function<void()> on_close{};
  // What RESTinio has found wrong in the request, if it is more than its form.
  std::optional<HttpRefusal> (*find_refusal)(const HttpLink& link) = nullptr;
  std::optional<asio::steady_timer> watchdog{};
  std::optional<asio::steady_timer> answer_end{};
};

// Reads and writes as the TCP socket that it is, or that a unix socket passes for; but counts what
// it reads, and tells a peer that is turned away why.
class HttpSocket : public asio::ip::tcp::socket {
 public:
  HttpSocket(asio::ip::tcp::socket socket, std::shared_ptr<HttpLink> link)
      : asio::ip::tcp::socket(std::move(socket)), link_(std::move(link)) {
    link_->socket = this;
  }
  HttpSocket(HttpSocket&& other) noexcept
      : asio::ip::tcp::socket(std::move(static_cast<asio::ip::tcp::socket&>(other))),
        link_(std::move(other.link_)) {
    if (link_) link_->socket = this;
  }
  HttpSocket& operator=(HttpSocket&&) = delete;

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler handler) {
    const auto executor = asio::get_associated_executor(handler, get_executor());
    auto read = [link = link_, handler = std::move(handler)](asio::error_code error,
                                                             std::size_t bytes) mutable {
      if (!error) link->unanswered += bytes;
      if (!error && link->unanswered > link->most_bytes) error = asio::error::message_size;
      link->has_ended = link->has_ended || (error && error != asio::error::message_size);
      link->is_reading = true;
      HttpLink::reading = link.get();
      handler(error, bytes);
      HttpLink::reading = nullptr;
      link->is_reading = false;
    };
    asio::ip::tcp::socket::async_read_some(buffers, asio::bind_executor(executor, std::move(read)));
  }

  // RESTinio calls these two, in this order, when a connection is to end.
  void shutdown(shutdown_type what, asio::error_code& error) {
    if (const auto refusal = link_->refusal_at_end()) {
      refuse(*refusal);
      what = shutdown_send;
    }
    asio::ip::tcp::socket::shutdown(what, error);
  }
  void close();

 private:
  void refuse(const HttpRefusal& refusal);

  std::shared_ptr<HttpLink> link_;
};

}  // namespace vtp
