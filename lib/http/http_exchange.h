// A request over HTTP and its answer, without the library that reads and writes them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/net/peer.h"

namespace vtp {

// A text that answers share.
using SharedText = std::shared_ptr<const std::string>;

// A request as it came: nothing in it has been checked.
struct HttpRequest {
  std::string method;                // "GET"
  std::string target;                // "/api/v1/events?limit=10", not decoded
  std::vector<std::string> hosts{};  // the Host fields
  std::optional<std::string> last_event_id{};
  std::optional<std::string> if_none_match{};
  bool has_chunks = true;  // HTTP/1.1: its answer may have no length (RFC 9112, section 6.1)
  Peer peer{};
};

// Why a request is not answered with what it asks for.
struct HttpRefusal {
  int status = 400;
  std::string reason;  // one line, for people
};

struct HttpResponse {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";  // of the body
  SharedText text{};                               // the body
  std::string_view fixed{};                        // or this, which lives as long as the program
  std::vector<std::pair<std::string, std::string>> fields{};  // besides those that every answer has

  [[nodiscard]] std::string_view body() const { return text ? std::string_view(*text) : fixed; }
};

// {"error": reason}.
[[nodiscard]] HttpResponse answer_of(const HttpRefusal& refusal);

// "Not Found".
[[nodiscard]] const char* reason_phrase(int status);

// The fields that every answer has, for the safety of browsers.
[[nodiscard]] const std::vector<std::pair<std::string, std::string>>& common_fields();

// Exactly one of answer() and begin() is called. Only on the server's own thread; a body is left out
// where the request is HEAD.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  [[nodiscard]] virtual const HttpRequest& request() const = 0;

  // Sends the answer. If that much memory is not available for answers now, sends a status of 503 in
  // its place.
  virtual void answer(HttpResponse answer) = 0;

  // Begins an answer without an end. gone: called once when the peer has closed its connection.
  virtual void begin(HttpResponse head, std::function<void()> gone) = 0;

  // Sends a part of it, and calls `written` when the system has taken it (true), or if the connection
  // has ended (false). One at a time. Returns false, and sends nothing, if there is no memory for it.
  [[nodiscard]] virtual bool write(std::vector<SharedText> parts,
                                   std::function<void(bool)> written) = 0;

  // Ends it, and the connection.
  virtual void end() = 0;
};

using HttpExchangePtr = std::shared_ptr<HttpExchange>;

}  // namespace vtp
