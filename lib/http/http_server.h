// A broker's HTTP server: read-only, with threads of its own, so that nothing that a browser does
// delays an author or a subscriber.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/diagnostics.h"
#include "lib/http/http_options.h"
#include "lib/http/http_routes.h"
#include "lib/http/status.h"
#include "lib/store/event_log.h"

namespace vtp {

// One thread at a time.
class HttpServer {
 public:
  // Binds every endpoint; no peer can connect yet. Throws std::runtime_error, with one line. clock and
  // diagnostics must live longer.
  HttpServer(HttpOptions options, const Clock& clock, const Diagnostics& diagnostics);

  // As stop().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens, with the ports that were chosen.
  [[nodiscard]] std::vector<std::string> endpoints() const;

  // Serves from now on, until stop(), which must be called before `events` is destroyed. read_status
  // is called on a thread of the server. check_signature: empty if signatures are not looked at.
  // Throws std::runtime_error if it cannot listen. Call it once.
  void start(EventLog& events, ReadStatus read_status, CheckSignature check_signature = {});

  // The addresses that are allowed from now on. Open connections stay.
  void allow(std::vector<AddressRange> allowed);

  // Begins to stop: nobody can connect any more, and live streams end. Returns at once.
  void begin_to_stop();

  // The same, and waits until answers under way are sent, for up to half a second, and until the
  // threads have ended. Safe to call again.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vtp
