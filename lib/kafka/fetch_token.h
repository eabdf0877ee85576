// Fetching a bearer token with the client credentials grant of OAuth 2 (RFC 6749, section 4.4), as
// librdkafka does with sasl.oauthbearer.method=oidc where it is built with that. Debian 12's is
// not.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/token.h"

namespace vtp {

// As librdkafka's.
inline constexpr std::chrono::seconds default_token_timeout{20};

// librdkafka's properties, under their own names: its CONFIGURATION.md.
struct TokenRequest {
  std::string client_id;      // sasl.oauthbearer.client.id
  std::string client_secret;  // sasl.oauthbearer.client.secret
  std::string endpoint;       // sasl.oauthbearer.token.endpoint.url
  std::string scope;          // sasl.oauthbearer.scope; may be empty
  std::string extensions;     // sasl.oauthbearer.extensions, "name=value,…"; may be empty
  // https.ca.location (librdkafka 2.10): file or folder; empty or "probe": the system's
  std::string ca_location;
  std::chrono::milliseconds timeout = default_token_timeout;  // of one HTTP request
};

// What is wrong with the properties, without asking anybody: the property's name and why. Nothing
// if fetch_token may be called. No text of the properties is repeated.
[[nodiscard]] std::optional<Problem> check(const TokenRequest& request);

// Asks the endpoint for a token and waits for the answer. The problem is one line for people, with
// the endpoint and the reason, and without secrets; it may be temporary, so that a later attempt
// succeeds. A stop is noticed within about a second. Any thread; the program must ignore SIGPIPE.
//
// RFC 6749, section 2.3.1, has the id and the secret form-encoded in HTTP Basic; librdkafka sends
// them as they are. That is the same for letters, digits, "-", "." and "_", as Amazon Cognito's.
// With other characters, the second form is tried if the server refuses the first.
[[nodiscard]] Result<Token> fetch_token(const TokenRequest& request, const Clock& clock,
                                        const std::stop_token& stop = {});

}  // namespace vtp
