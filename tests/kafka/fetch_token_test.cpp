#include "lib/kafka/fetch_token.h"

#include <array>

#include <fmt/format.h>

#include "tests/kafka/jwt.h"
#include "tests/kafka/scripted_server.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Catch::Matchers::ContainsSubstring;
using std::chrono::hours;

const std::string good_body = R"({"access_token":"abc","token_type":"Bearer","expires_in":3600})";

TokenRequest request_to(const std::string& endpoint) {
  TokenRequest request;
  request.client_id = "id";
  request.client_secret = "s3cret";
  request.endpoint = endpoint;
  request.timeout = test_timeout;
  return request;
}

std::string problem_of(const TokenRequest& request) {
  const auto token = fetch_token(request, TestClock());
  return token ? "none" : token.problem();
}

// The problem with this as sasl.oauthbearer.extensions.
std::string problem_with_extensions(const std::string& extensions) {
  TokenRequest request = request_to("https://a.example/");
  request.extensions = extensions;
  const auto problem = check(request);
  return problem ? problem->text : "none";
}

std::string basic(const std::string& base64) { return "Authorization: Basic " + base64 + "\r\n"; }

}  // namespace

TEST_CASE("a token is fetched with the client's credentials") {
  const ScriptedServer server({http_answer(200, good_body)});
  const auto token = fetch_token(request_to(server.url()), TestClock());
  REQUIRE(token);
  CHECK(token->value == "abc");
  CHECK(token->expires == TestClock().now() + hours{1});
  CHECK(token->principal == "id");
  CHECK(token->extensions.empty());
  const std::string request = server.requests().at(0);
  CHECK_THAT(request, ContainsSubstring(basic("aWQ6czNjcmV0")));
  CHECK(request.ends_with("\r\n\r\ngrant_type=client_credentials"));
}

TEST_CASE("a scope is form-encoded") {
  const ScriptedServer server({http_answer(200, good_body)});
  TokenRequest request = request_to(server.url());
  request.scope = "gcn.nasa.gov/x a&b=c";
  REQUIRE(fetch_token(request, TestClock()));
  CHECK(server.requests().at(0).ends_with(
      "grant_type=client_credentials&scope=gcn.nasa.gov%2Fx+a%26b%3Dc"));
}

TEST_CASE("extensions come with the token") {
  const ScriptedServer server({http_answer(200, good_body)});
  TokenRequest request = request_to(server.url());
  request.extensions = "logicalCluster=lkc-1,,pool=a=b,none=";
  const auto token = fetch_token(request, TestClock());
  REQUIRE(token);
  CHECK(token->extensions ==
        decltype(token->extensions){{"logicalCluster", "lkc-1"}, {"pool", "a=b"}, {"none", ""}});
}

TEST_CASE("credentials are form-encoded, and sent as they are if the server refuses that") {
  const ScriptedServer server({http_answer(401, ""), http_answer(200, good_body)});
  TokenRequest request = request_to(server.url());
  request.client_id = "a:b";
  request.client_secret = "c+/ é";
  REQUIRE(fetch_token(request, TestClock()));
  REQUIRE(server.requests().size() == 2);
  CHECK_THAT(server.requests()[0], ContainsSubstring(basic("YSUzQWI6YyUyQiUyRislQzMlQTk=")));
  CHECK_THAT(server.requests()[1], ContainsSubstring(basic("YTpiOmMrLyDDqQ==")));
}

TEST_CASE("one request is made where both forms are the same, or the failure is another") {
  const ScriptedServer server(
      {http_answer(401, ""), http_answer(500, ""), http_answer(200, good_body)});
  TokenRequest request = request_to(server.url());
  CHECK_FALSE(fetch_token(request, TestClock()));
  request.client_secret = "c+/";
  CHECK_FALSE(fetch_token(request, TestClock()));
  CHECK(server.requests().size() == 2);
  CHECK(fetch_token(request, TestClock()));
}

TEST_CASE("a refusal is one line with the endpoint and the server's words") {
  const ScriptedServer server({http_answer(
      400, R"({"error":"invalid_client","error_description":"no\nsuch\u001b[1m client"})")});
  CHECK(problem_of(request_to(server.url() + "?key=1")) ==
        "cannot fetch a token from " + server.url() +
            R"(: the server answered 400: invalid_client: no\nsuch\x1b[1m client)"
            " (see sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret)");
}

TEST_CASE("a server that repeats the secret does not bring it into a message") {
  // The secret, as JSON, and form-encoded.
  const std::array<const char*, 3> secrets[] = {
      {"s3cret", "s3cret", "s3cret"},
      {"c+/ é", "c+/ é", "c%2B%2F+%C3%A9"},
      {"a\x01\xc2\x85z", "a\\u0001\\u0085z", "a%01%C2%85z"}};
  for (const auto& [secret, json, form] : secrets) {
    const ScriptedServer server({http_answer(
        403, fmt::format(R"({{"error":"{0}","error_description":"x{1}{0}"}})", json, form))});
    TokenRequest request = request_to(server.url());
    request.client_secret = secret;
    CHECK(problem_of(request) ==
          "cannot fetch a token from " + server.url() + ": the server answered 403: ***: x******");
  }
}

TEST_CASE("a long description is cut") {
  const ScriptedServer server(
      {http_answer(403, fmt::format(R"({{"error":"{}"}})", std::string(5000, 'x')))});
  const std::string problem = problem_of(request_to(server.url()));
  CHECK(problem.size() < 600);
  CHECK(problem.ends_with("x…"));
}

TEST_CASE("an answer that is not UTF-8 is no JSON") {
  const ScriptedServer server({http_answer(200, "{\"access_token\":\"\xe9\",\"expires_in\":9}")});
  CHECK_THAT(problem_of(request_to(server.url())),
             ContainsSubstring("the answer is not a JSON object"));
}

TEST_CASE("a token that has expired is a matter of clocks") {
  const ScriptedServer server(
      {http_answer(200, R"({"access_token":")" + jwt_with(R"({"exp":1795340000})") + R"("})",
                   "Date: Sun, 22 Nov 2026 09:42:50 GMT\r\n")});
  CHECK_THAT(problem_of(request_to(server.url())),
             ContainsSubstring("the clock of this machine is 3 h ahead of the server's"));
}

TEST_CASE("a failure of the connection names the endpoint") {
  RawListener listener;
  const auto port = listener.port();
  listener.close();
  const std::string problem = problem_of(request_to(fmt::format("http://127.0.0.1:{}/t", port)));
  CHECK_THAT(problem, ContainsSubstring(
                          fmt::format("cannot fetch a token from http://127.0.0.1:{}/t: ", port)));
  CHECK_THAT(problem, ContainsSubstring("Connection refused"));
}

TEST_CASE("the place of certificates \"probe\" is the system's") {
  const ScriptedServer server({http_answer(200, good_body)}, make_certificate("IP:127.0.0.1"));
  TokenRequest request = request_to(server.url());
  request.ca_location = "probe";
  CHECK_THAT(problem_of(request), ContainsSubstring("certificate"));
  CHECK(server.requests().empty());
}

TEST_CASE("a missing or bad property is named, and nobody is asked") {
  CHECK_FALSE(check(request_to("https://a.example/")));
  TokenRequest request = request_to("");
  CHECK(check(request)->text == "sasl.oauthbearer.token.endpoint.url is missing");
  request.client_secret = "";
  CHECK(check(request)->text == "sasl.oauthbearer.client.secret is missing");
  request.client_id = "";
  CHECK(check(request)->text == "sasl.oauthbearer.client.id is missing");
  CHECK(problem_of(request) == "sasl.oauthbearer.client.id is missing");
  CHECK(check(request_to("http://a.example/"))->text ==
        "sasl.oauthbearer.token.endpoint.url is not encrypted: the client's secret is sent over "
        "https only, or to this machine");
}

TEST_CASE("extensions have names of letters, and values that can be printed") {
  for (const char* good : {"", "a=b", "a=,B=c d", ",", "a=b,"})
    CHECK(problem_with_extensions(good) == "none");
  for (const char* bad : {"a", "=b", "a1=b", "auth=b", "a=b,c", "a=\x01", "a=é"})
    CHECK_THAT(problem_with_extensions(bad), ContainsSubstring("is not a list NAME=VALUE"));
}

}  // namespace vtp
