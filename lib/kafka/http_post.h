// One HTTP request that posts a form with credentials, by libcurl.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace vtp {

// A longer body of an answer is refused.
inline constexpr std::size_t largest_http_body = 64 * 1024;

struct HttpUrl {
  std::string shown;       // for messages: without query and fragment, which may hold secrets
  bool encrypted = false;  // https
};

// A URL to which credentials may be sent: https, or http to this machine (localhost, 127.0.0.0/8,
// [::1]), since over plain HTTP anybody on the way could read them. It must not have a user name or
// password in it. The problem does not repeat the text.
[[nodiscard]] Result<HttpUrl> parse_http_url(const std::string& text);

struct HttpPost {
  std::string url;
  std::string user;  // both of HTTP Basic (RFC 7617), sent as they are
  std::string password;
  std::string form;     // application/x-www-form-urlencoded
  std::string ca_path;  // file or folder of the certificates to trust; empty: the system's
  std::chrono::milliseconds timeout{};  // of everything, from resolving the name on
};

struct HttpAnswer {
  long status = 0;
  std::string body;
  std::optional<Time> date;  // the server's clock, in whole seconds
  std::string redirect;      // where a status of 3xx points to; else empty
};

// Sends the request once and waits for the answer, whatever its status. Follows no redirect, since
// that would hand the credentials to somebody else. https goes through the proxy that the
// environment names, as with curl (https_proxy, no_proxy); http to this machine goes directly.
// The problem is for people, may have any characters, and does not name the URL. The clock is for
// problems with the validity of a certificate. A stop is noticed within about a second. Any thread;
// the program must ignore SIGPIPE.
[[nodiscard]] Result<HttpAnswer> post_form(const HttpPost& post, const Clock& clock,
                                           const std::stop_token& stop);

}  // namespace vtp
