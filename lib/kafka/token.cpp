#include "lib/kafka/token.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "lib/base/characters.h"

namespace vtp {
namespace {

using Json = nlohmann::json;
using std::chrono::microseconds;

Json json_in(std::string_view text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// The member's text, or nothing if the value is no object or the member no text.
std::string text_in(const Json& value, const char* name) {
  if (!value.is_object()) return {};
  const auto member = value.find(name);
  return member != value.end() && member->is_string() ? member->get<std::string>() : "";
}

std::optional<double> number_in(const Json& value, const char* name) {
  if (!value.is_object()) return std::nullopt;
  const auto member = value.find(name);
  if (member == value.end() || !member->is_number()) return std::nullopt;
  return member->get<double>();
}

// RFC 4648, section 5, without padding.
std::optional<std::string> base64url_decoded(std::string_view text) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

// What a signed JWT (RFC 7515, section 3.1: three parts) claims; null for any other token. The
// signature is the broker's to check.
Json claims_of(std::string_view token) {
  if (std::ranges::count(token, '.') != 2) return nullptr;
  const std::size_t first = token.find('.') + 1;
  const auto payload = base64url_decoded(token.substr(first, token.find('.', first) - first));
  return payload ? json_in(*payload) : Json(nullptr);
}

// RFC 6750, section 2.1: nothing that could end the message of SASL in which the token stands.
bool is_bearer_token(std::string_view token) {
  return token.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789-._~+/=") == std::string_view::npos;
}

Time after(Time start, double seconds, Time latest) {
  const std::chrono::duration<double> whole{latest - start};
  return start + std::chrono::round<microseconds>(
                     std::chrono::duration<double>(std::clamp(seconds, 0.0, whole.count())));
}

std::optional<Time> expiry_of(const Json& body, const Json& claims, Time asked) {
  const Time latest = asked + longest_token_life;
  std::optional<Time> expires;
  if (const auto exp = number_in(claims, "exp")) expires = after(Time{}, *exp, latest);
  if (const auto life = number_in(body, "expires_in")) {
    const Time end = after(asked, *life, latest);
    expires = std::min(expires.value_or(end), end);
  }
  return expires;
}

// "35 min", in the unit that makes it readable.
std::string length_text(microseconds length) {
  using namespace std::chrono;
  if (length < minutes{2}) return fmt::format("{} s", round<seconds>(length).count());
  if (length < hours{2}) return fmt::format("{} min", round<minutes>(length).count());
  if (length < days{2}) return fmt::format("{} h", round<hours>(length).count());
  return fmt::format("{} days", round<days>(length).count());
}

std::string too_late(Time expires, const std::optional<Time>& server, Time now) {
  std::string text = fmt::format("the token expired at {}, before it arrived", utc_text(expires));
  if (!server) return text;
  const microseconds ahead = now - *server;
  const microseconds difference = ahead < microseconds{0} ? -ahead : ahead;
  if (difference <= tolerated_clock_difference) return text;
  return text + fmt::format(": the clock of this machine is {} {} the server's",
                            length_text(difference),
                            ahead < microseconds{0} ? "behind" : "ahead of");
}

// RFC 6749, section 5.2: an error, with or without a description.
std::string refusal(const HttpAnswer& answer, const Json& body) {
  std::string text = fmt::format("the server answered {}", answer.status);
  const std::string error = text_in(body, "error");
  const std::string description = text_in(body, "error_description");
  if (!error.empty()) text += ": " + error;
  if (!description.empty()) text += ": " + description;
  if (!answer.redirect.empty())
    text += fmt::format(", a redirect to {}, which is not followed",
                        answer.redirect.substr(0, answer.redirect.find_first_of("?#")));
  if (refuses_client(answer))
    text += " (see sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret)";
  return text;
}

}  // namespace

Result<Token> read_token(const HttpAnswer& answer, const std::string& client, Time asked,
                         Time now) {
  const Json body = json_in(answer.body);
  if (answer.status / 100 != 2) return Problem{refusal(answer, body)};
  if (!body.is_object()) return Problem{"the answer is not a JSON object"};
  Token token;
  token.value = text_in(body, "access_token");
  if (token.value.empty() && body.contains("error")) return Problem{refusal(answer, body)};
  if (token.value.empty()) return Problem{"the answer has no access_token"};
  if (!is_bearer_token(token.value))
    return Problem{"the access_token has characters that no bearer token has"};

  const Json claims = claims_of(token.value);
  const auto expires = expiry_of(body, claims, asked);
  if (!expires) return Problem{"the answer does not say when the token expires"};
  if (*expires <= now) return Problem{too_late(*expires, answer.date, now)};
  token.expires = *expires;
  token.principal = harmless(text_in(claims, "sub"));
  if (token.principal.empty()) token.principal = client;
  return token;
}

bool refuses_client(const HttpAnswer& answer) {
  return answer.status == 401 ||
         (answer.status / 100 == 4 && text_in(json_in(answer.body), "error") == "invalid_client");
}

Time refresh_at(Time now, Time expires) { return now + (expires - now) * 4 / 5; }

BackOff token_retries() { return {std::chrono::seconds{1}, std::chrono::minutes{1}}; }

}  // namespace vtp
