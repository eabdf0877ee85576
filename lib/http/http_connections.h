// Connections that speak HTTP: RESTinio reads their requests and writes the answers. It is included
// only here, and without its acceptor: that one stops for good when descriptors run out.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include <asio/io_context.hpp>

#include "lib/http/http_exchange.h"
#include "lib/http/http_options.h"
#include "lib/net/connection_limit.h"
#include "lib/net/peer.h"
#include "lib/net/socket.h"

namespace vtp {

// A connection has one request at a time; more that it has sent wait in the system's buffers. A
// request that is not HTTP, too large or too slow is answered with a reason, and its connection
// ends. One thread: that of the context, which must live longer.
class HttpConnections {
 public:
  static constexpr std::size_t piece = 64 * 1024;  // of an answer; each has the whole timeout

  static constexpr std::size_t most_fields = 100;  // of a request

  // handle: takes each request.
  HttpConnections(asio::io_context& context, const HttpOptions& options,
                  std::function<void(HttpExchangePtr)> handle);
  // As cut().
  ~HttpConnections();
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;

  // Takes over a connection, if `limit`, which must outlive it, has a seat for it; otherwise returns
  // false, and the socket stays as it is. refusal: the answer to each of its requests, which are not
  // handled.
  [[nodiscard]] bool take(StreamSocket& socket, const Peer& peer, ConnectionLimit& limit,
                          std::optional<HttpRefusal> refusal = {});

  // Ends connections without a request, and others after their answer.
  void finish();

  // Ends all.
  void cut();

  [[nodiscard]] std::size_t count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vtp
