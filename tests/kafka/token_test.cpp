#include "lib/kafka/token.h"

#include <string_view>

#include <fmt/format.h>

#include "tests/kafka/jwt.h"
#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time now = TestClock().now();

// Since 1970, in whole seconds, as a JWT has it.
long unix_time(Time time) { return std::chrono::floor<seconds>(time).time_since_epoch().count(); }

HttpAnswer answer_with(const std::string& body, long status = 200) {
  return {status, body, std::nullopt, ""};
}

HttpAnswer answer_with_token(const std::string& token, const std::string& more = "") {
  return answer_with(fmt::format(R"({{"access_token":"{}"{}}})", token, more));
}

std::string problem_of(const HttpAnswer& answer) {
  const auto token = read_token(answer, "me", now, now);
  return token ? "none" : token.problem();
}

}  // namespace

TEST_CASE("a JWT says itself when it expires and whose it is") {
  const std::string jwt =
      jwt_with(fmt::format(R"({{"sub":"6ab","exp":{}}})", unix_time(now + hours{1})));
  const auto token = read_token(answer_with_token(jwt), "me", now, now);
  REQUIRE(token);
  CHECK(token->value == jwt);
  CHECK(token->expires == std::chrono::floor<seconds>(now + hours{1}));
  CHECK(token->principal == "6ab");
}

TEST_CASE("a JWT's payload is read whatever its length modulo three") {
  for (const char* padding : {"", " ", "  "}) {
    const std::string jwt =
        jwt_with(fmt::format(R"({{"sub":"ÿ?>","exp":{}}}{})", unix_time(now + hours{1}), padding));
    const auto token = read_token(answer_with_token(jwt), "me", now, now);
    REQUIRE(token);
    CHECK(token->principal == "ÿ?>");
  }
}

TEST_CASE("any other token expires as the answer says, counted from the request") {
  for (const char* value : {"abc", "a.b", "a.b.c", "..", "a.b.c.d.e", "a.!!.c"}) {
    const auto token =
        read_token(answer_with_token(value, R"(,"expires_in":3600)"), "me", now, now + minutes{1});
    if (std::string_view(value) == "a.!!.c") {
      CHECK_FALSE(token);
      continue;
    }
    REQUIRE(token);
    CHECK(token->expires == now + hours{1});
    CHECK(token->principal == "me");
  }
}

TEST_CASE("of two times of expiry the earlier one holds") {
  const std::string jwt = jwt_with(fmt::format(R"({{"exp":{}}})", unix_time(now + hours{3})));
  const auto token = read_token(answer_with_token(jwt, R"(,"expires_in":3600)"), "me", now, now);
  REQUIRE(token);
  CHECK(token->expires == now + hours{1});
}

TEST_CASE("a time of expiry may be a fraction, and has an upper bound") {
  auto token = read_token(answer_with_token("a", R"(,"expires_in":0.5)"), "me", now, now);
  REQUIRE(token);
  CHECK(token->expires == now + std::chrono::milliseconds{500});
  token = read_token(answer_with_token("a", R"(,"expires_in":1e300)"), "me", now, now);
  REQUIRE(token);
  CHECK(token->expires == now + longest_token_life);
}

TEST_CASE("a token without a time of expiry is refused") {
  const std::string why = "the answer does not say when the token expires";
  CHECK(problem_of(answer_with_token("abc")) == why);
  CHECK(problem_of(answer_with_token("abc", R"(,"expires_in":"3600")")) == why);
  CHECK(problem_of(answer_with_token(jwt_with(R"({"exp":"soon"})"))) == why);
  CHECK(problem_of(answer_with_token(jwt_with("[1]"))) == why);
}

TEST_CASE("a token that has expired: the problem says how far this machine's clock is off") {
  HttpAnswer answer =
      answer_with_token(jwt_with(fmt::format(R"({{"exp":{}}})", unix_time(now - minutes{30}))));
  const std::string why = "the token expired at 2026-11-22T12:12:50Z, before it arrived";
  CHECK(problem_of(answer) == why);
  answer.date = now - seconds{110};
  CHECK(problem_of(answer) == why);
  answer.date = now - minutes{90};
  CHECK(problem_of(answer) == why + ": the clock of this machine is 90 min ahead of the server's");
  answer.date = now + hours{100};
  CHECK(problem_of(answer) == why + ": the clock of this machine is 4 days behind the server's");
}

TEST_CASE("a life of no time is over, and one before 1970 too") {
  CHECK_FALSE(read_token(answer_with_token("a", R"(,"expires_in":0)"), "me", now, now));
  CHECK_FALSE(read_token(answer_with_token("a", R"(,"expires_in":-9e99)"), "me", now, now));
  CHECK_FALSE(read_token(answer_with_token(jwt_with(R"({"exp":-1})")), "me", now, now));
}

TEST_CASE("an answer that is no JSON object has no token") {
  for (const char* body : {"", "<html>", "[]", "\"abc\"", "{\"access_token\":\"a",
                           "{\"access_token\":\"\xff\",\"expires_in\":1}"})
    CHECK(problem_of(answer_with(body)) == "the answer is not a JSON object");
}

TEST_CASE("nesting of any depth is no more than an answer without a token") {
  CHECK(problem_of(answer_with(std::string(largest_http_body, '['))) ==
        "the answer is not a JSON object");
}

TEST_CASE("an answer without a text as access_token is refused") {
  for (const char* body : {"{}", R"({"access_token":7})", R"({"access_token":""})",
                           R"({"access_token":null,"expires_in":9})"})
    CHECK(problem_of(answer_with(body)) == "the answer has no access_token");
}

TEST_CASE("a token that could change the message of SASL is refused") {
  for (const char* value : {"a\\u0001b", "a b", "a\\nb", "a\\u0000b", "é"})
    CHECK(problem_of(answer_with_token(value, R"(,"expires_in":9)")) ==
          "the access_token has characters that no bearer token has");
}

TEST_CASE("a principal has no control characters") {
  const std::string jwt =
      jwt_with(fmt::format(R"({{"sub":"a\u0000\u001b","exp":{}}})", unix_time(now + hours{1})));
  CHECK(read_token(answer_with_token(jwt), "me", now, now)->principal == "a??");
}

TEST_CASE("the server's error and its description are passed on") {
  CHECK(problem_of(answer_with(R"({"error":"invalid_scope"})", 400)) ==
        "the server answered 400: invalid_scope");
  CHECK(problem_of(answer_with(R"({"error":"e","error_description":"d"})", 403)) ==
        "the server answered 403: e: d");
  CHECK(problem_of(answer_with(R"({"error":"e"})", 200)) == "the server answered 200: e");
  CHECK(problem_of(answer_with("<html>no</html>", 503)) == "the server answered 503");
  CHECK(problem_of(answer_with(R"({"error":{"code":1}})", 500)) == "the server answered 500");
}

TEST_CASE("where the credentials are refused, the problem says where they are set") {
  const std::string where = " (see sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret)";
  CHECK(problem_of(answer_with("", 401)) == "the server answered 401" + where);
  CHECK(problem_of(answer_with(R"({"error":"invalid_client"})", 400)) ==
        "the server answered 400: invalid_client" + where);
}

TEST_CASE("a redirect is named without its query") {
  HttpAnswer answer = answer_with("", 302);
  answer.redirect = "https://other.example/token?a=b";
  CHECK(
      problem_of(answer) ==
      "the server answered 302, a redirect to https://other.example/token, which is not followed");
}

TEST_CASE("the next token is asked for after four fifths of this one's life") {
  CHECK(refresh_at(now, now + hours{1}) == now + minutes{48});
  CHECK(refresh_at(now, now) == now);
  CHECK(refresh_at(now, now + longest_token_life) < now + longest_token_life);
}

TEST_CASE("after failures, several attempts are made before a token of an hour expires") {
  BackOff pauses = token_retries();
  CHECK(pauses.next() <= seconds{1});
  std::chrono::milliseconds waited{0};
  int attempts = 0;
  for (; waited < minutes{12}; ++attempts)
    waited += pauses.next();
  CHECK(attempts >= 12);
  CHECK(attempts < 60);
}

}  // namespace vtp
