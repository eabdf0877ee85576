#include "lib/kafka/fetch_token.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/kafka/http_post.h"

namespace vtp {
namespace {

using Extensions = std::vector<std::pair<std::string, std::string>>;

// In bytes: a server's description of an error may be long.
constexpr std::size_t longest_reason = 500;

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// application/x-www-form-urlencoded (RFC 6749, appendix B).
std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (letters.find(c) != std::string_view::npos || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_' || c == '*')
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// RFC 7628, section 3.1: a name has letters only and is not "auth"; a value is printable ASCII.
std::optional<Extensions> parse_extensions(std::string_view text) {
  Extensions extensions;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.empty()) continue;
    const std::size_t end = one.find('=');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    const std::string_view name = one.substr(0, end);
    const std::string_view value = one.substr(end + 1);
    if (name.find_first_not_of(letters) != std::string_view::npos || name == "auth")
      return std::nullopt;
    if (!std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; }))
      return std::nullopt;
    extensions.emplace_back(name, value);
  }
  return extensions;
}

// A server may repeat in its error what it was sent.
std::string without(std::string text, const std::string& secret) {
  static constexpr std::string_view hidden = "***";
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + hidden.size()))
    text.replace(at, secret.size(), hidden);
  return text;
}

Result<HttpAnswer> ask(const TokenRequest& request, const Clock& clock,
                       const std::stop_token& stop) {
  HttpPost post;
  post.url = request.endpoint;
  post.user = form_encoded(request.client_id);
  post.password = form_encoded(request.client_secret);
  post.form = "grant_type=client_credentials";
  if (!request.scope.empty()) post.form += "&scope=" + form_encoded(request.scope);
  if (request.ca_location != "probe") post.ca_path = request.ca_location;
  post.timeout = request.timeout;
  auto answer = post_form(post, clock, stop);
  const bool is_same = post.user == request.client_id && post.password == request.client_secret;
  if (is_same || !answer || !refuses_client(*answer)) return answer;
  post.user = request.client_id;
  post.password = request.client_secret;
  return post_form(post, clock, stop);
}

}  // namespace

std::optional<Problem> check(const TokenRequest& request) {
  const std::pair<const char*, const std::string*> needed[] = {
      {"client.id", &request.client_id},
      {"client.secret", &request.client_secret},
      {"token.endpoint.url", &request.endpoint}};
  for (const auto& [name, value] : needed)
    if (value->empty()) return Problem{fmt::format("sasl.oauthbearer.{} is missing", name)};
  if (const auto url = parse_http_url(request.endpoint); !url)
    return Problem{"sasl.oauthbearer.token.endpoint.url " + url.problem()};
  if (!parse_extensions(request.extensions))
    return Problem{
        "sasl.oauthbearer.extensions is not a list NAME=VALUE,… with names of letters, and none "
        "of them auth"};
  return std::nullopt;
}

Result<Token> fetch_token(const TokenRequest& request, const Clock& clock,
                          const std::stop_token& stop) {
  if (auto problem = check(request)) return *std::move(problem);
  const Time asked = clock.now();
  const auto answer = ask(request, clock, stop);
  auto token = answer ? read_token(*answer, request.client_id, asked, clock.now())
                      : Result<Token>(Problem{answer.problem()});
  if (!token) {
    std::string why = without(token.problem(), request.client_secret);
    why = without(std::move(why), form_encoded(request.client_secret));
    return Problem{fmt::format("cannot fetch a token from {}: {}",
                               printable(parse_http_url(request.endpoint)->shown),
                               bounded(printable(why), longest_reason))};
  }
  Token fetched = *std::move(token);
  fetched.extensions = parse_extensions(request.extensions).value_or(Extensions{});
  return fetched;
}

}  // namespace vtp
