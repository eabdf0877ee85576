// What is answered to each request: the page, the API, and what monitors ask (lib/http/openapi.json).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include "lib/base/diagnostics.h"
#include "lib/http/event_pages.h"
#include "lib/http/http_exchange.h"
#include "lib/http/http_options.h"
#include "lib/http/live_streams.h"
#include "lib/http/query_string.h"
#include "lib/http/status_reader.h"
#include "lib/net/coroutine.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/store/event_log.h"
#include "lib/voevent/signature_finding.h"

namespace vtp {

// Checks the signature of an event of the log; resumes on the caller's executor.
using CheckSignature = std::function<asio::awaitable<SignatureFinding>(EventPtr event)>;

// One thread, that of the context; what waits for the disk runs on the pools.
class HttpRoutes {
 public:
  // disk: one thread. It must be stopped before this object is destroyed; the others must live longer.
  // Searches have a thread of their own, so that nothing else waits for them.
  HttpRoutes(asio::io_context& context, asio::thread_pool& disk, const HttpOptions& options,
             EventLog& events, ReadStatus read_status, CheckSignature check_signature,
             const Clock& clock, const Diagnostics& diagnostics, PeerDiagnostics& peers);

  // Takes a request, and sees to it that it is answered.
  void handle(HttpExchangePtr exchange);

  // Ends the live streams and the searches. The caller's thread is the context's.
  void end() {
    live_.end();
    pages_.stop();
  }

 private:
  using Parameters = std::map<std::string, std::string>;

  asio::awaitable<void> serve(HttpExchangePtr exchange);
  asio::awaitable<HttpResponse> answer_to(const HttpRequest& request, const RequestTarget& target);
  asio::awaitable<HttpResponse> event(std::string name);
  asio::awaitable<SignatureFinding> signature_of(EventPtr event);
  asio::awaitable<SharedText> json_of(std::shared_ptr<const LogEntry> entry);
  void begin_live(HttpExchangePtr exchange, const RequestTarget& target);
  [[nodiscard]] std::optional<HttpRefusal> refusal(const HttpRequest& request) const;

  asio::io_context& context_;
  asio::thread_pool& disk_;
  const HttpOptions& options_;
  const CheckSignature check_signature_;
  bool checks_signature_ = false;
  Change signature_checked_;  // no signature is being checked any more
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  EventLog::Reader reader_;  // only the pool's
  StatusReader status_;
  EventPages pages_;
  LiveStreams live_;
};

}  // namespace vtp
