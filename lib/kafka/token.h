// A bearer token of OAuth 2 for Kafka's OAUTHBEARER (RFC 7628): how it is read from a server's
// answer, and when to ask for the next one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/http_post.h"

namespace vtp {

// As rd_kafka_oauthbearer_set_token takes it.
struct Token {
  std::string value;  // a secret: must not be printed
  Time expires;
  std::string principal;                                        // whose it is; never empty
  std::vector<std::pair<std::string, std::string>> extensions;  // of SASL: names and values
};

// No token is used for longer than this, whatever it says.
inline constexpr std::chrono::days longest_token_life{366};

// If the clocks of this machine and of the server differ by more, the problem says so.
inline constexpr std::chrono::minutes tolerated_clock_difference{2};

// The token in the answer of a token endpoint (RFC 6749, section 5), without extensions. It expires
// at its claim `exp`, if it is a JWT (RFC 7519), or `expires_in` after `asked`, the time of the
// request; if both are there, at the earlier one. Its principal is the JWT's claim `sub`, or else
// the client. The problem says why there is none: the server's own error, no JSON, no access_token,
// no time of expiry; or one that has passed already, with the difference of the clocks where the
// answer tells it. It may repeat what the server said: any characters, of any length, even secrets.
// `now` is the time at which the answer came. Any thread.
[[nodiscard]] Result<Token> read_token(const HttpAnswer& answer, const std::string& client,
                                       Time asked, Time now);

// True if the server does not accept the client's credentials: 401, or the error invalid_client
// (RFC 6749, section 5.2), which Amazon Cognito sends with 400.
[[nodiscard]] bool refuses_client(const HttpAnswer& answer);

// When to ask for the next token: after 80 % of what is left of this one's life, as librdkafka
// does.
[[nodiscard]] Time refresh_at(Time now, Time expires);

// The pauses after a failure: from a second, growing to a minute, so that some attempts are left in
// the last fifth of the usual hour.
[[nodiscard]] BackOff token_retries();

}  // namespace vtp
