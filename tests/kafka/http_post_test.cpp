#include "lib/kafka/http_post.h"

#include <fstream>
#include <future>

#include "tests/kafka/scripted_server.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Catch::Matchers::ContainsSubstring;

HttpPost post_to(const std::string& url) {
  HttpPost post;
  post.url = url;
  post.user = "id";
  post.password = "secret";
  post.form = "a=b";
  post.timeout = test_timeout;
  return post;
}

Result<HttpAnswer> sent(const HttpPost& post) { return post_form(post, TestClock(), {}); }

// Why no answer came.
std::string failure(const HttpPost& post) {
  const auto answer = sent(post);
  return answer ? "none" : answer.problem();
}

std::string problem_with(const std::string& url) {
  const auto parsed = parse_http_url(url);
  return parsed ? "none" : parsed.problem();
}

// A server with TLS, and a file with its certificate.
class SecureServer {
 public:
  explicit SecureServer(const std::string& host, long valid_for = 3600)
      : certificate_(make_certificate(host, valid_for)),
        server_({http_answer(200, "hello")}, certificate_) {
    std::ofstream(ca_path()) << certificate_.pem;
  }

  [[nodiscard]] HttpPost post() const { return post_to(server_.url()); }
  [[nodiscard]] HttpPost trusting_post() const {
    HttpPost trusting = post();
    trusting.ca_path = ca_path();
    return trusting;
  }
  [[nodiscard]] std::string ca_path() const { return folder_.file("ca.pem"); }
  [[nodiscard]] std::size_t request_count() const { return server_.requests().size(); }

 private:
  TemporaryFolder folder_;
  Certificate certificate_;
  ScriptedServer server_;
};

}  // namespace

TEST_CASE("credentials are sent over https, or to this machine") {
  for (const char* url : {"https://a.example/token", "https://a.example", "http://localhost/t",
                          "http://127.0.0.1:80/t", "http://127.1.2.3/", "http://[::1]:9/t"})
    CHECK(problem_with(url) == "none");
  for (const char* url : {"http://a.example/token", "http://10.0.0.1/", "http://127.evil.example/",
                          "http://localhost.evil.example/", "http://[::2]/"})
    CHECK(problem_with(url) ==
          "is not encrypted: the client's secret is sent over https only, or to this machine");
}

TEST_CASE("what is no such URL is refused") {
  CHECK(problem_with("ftp://a.example/") == "is not an https:// URL");
  CHECK(problem_with("file:///etc/passwd") == "is not an https:// URL");
  for (const char* url : {"", "a.example/token", "https://", "https://a b/", "https://a.example/\n",
                          "https://a.example:99999/"})
    CHECK_THAT(problem_with(url), ContainsSubstring("is not a URL: "));
  for (const char* url : {"https://u@a.example/", "https://:p@a.example/", "https://u:p@[::1]/"})
    CHECK(problem_with(url) == "must not have a user name or password in it");
}

TEST_CASE("a URL is shown without what may be secret") {
  CHECK(parse_http_url("https://a.example/t?key=1#x")->shown == "https://a.example/t");
  CHECK(parse_http_url("https://a.example/t")->encrypted);
  CHECK_FALSE(parse_http_url("http://localhost/t")->encrypted);
}

TEST_CASE("the request is one POST of a form, with the credentials") {
  const ScriptedServer server({http_answer(200, "hello")});
  const auto answer = sent(post_to(server.url()));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello");
  CHECK_FALSE(answer->date);
  REQUIRE(server.requests().size() == 1);
  const std::string request = server.requests().front();
  CHECK(request.starts_with("POST /token HTTP/1.1\r\n"));
  CHECK(request.ends_with("\r\n\r\na=b"));
  for (const char* header :
       {"Authorization: Basic aWQ6c2VjcmV0\r\n", "Accept: application/json\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n", "User-Agent: vtptools/"})
    CHECK_THAT(request, ContainsSubstring(header));
}

TEST_CASE("an answer of any status is an answer, with the server's date") {
  const ScriptedServer server(
      {http_answer(503, "later", "Date: Sun, 22 Nov 2026 12:42:50 GMT\r\n")});
  const auto answer = sent(post_to(server.url()));
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->body == "later");
  CHECK(answer->date == std::chrono::floor<std::chrono::seconds>(TestClock().now()));
}

TEST_CASE("a date that is none is left out") {
  const ScriptedServer server({http_answer(200, "", "Date: yesterday\r\n")});
  CHECK_FALSE(sent(post_to(server.url()))->date);
}

TEST_CASE("a redirect is not followed") {
  const ScriptedServer other({});
  const ScriptedServer server({http_answer(307, "", "Location: " + other.url() + "\r\n")});
  const auto answer = sent(post_to(server.url()));
  REQUIRE(answer);
  CHECK(answer->status == 307);
  CHECK(answer->redirect == other.url());
  CHECK(other.requests().empty());
}

TEST_CASE("a chunked answer is put together") {
  const ScriptedServer server(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"});
  CHECK(sent(post_to(server.url()))->body == "hello");
}

TEST_CASE("an answer without a length ends with the connection") {
  const ScriptedServer server({"HTTP/1.1 200 OK\r\n\r\nhello"});
  CHECK(sent(post_to(server.url()))->body == "hello");
}

TEST_CASE("a body has an upper bound, however it comes") {
  const std::string largest(largest_http_body, 'x');
  const ScriptedServer server({http_answer(200, largest), http_answer(200, largest + "x"),
                               "HTTP/1.1 200 OK\r\n\r\n" + largest + "x"});
  CHECK(sent(post_to(server.url()))->body == largest);
  CHECK(failure(post_to(server.url())) == "the answer has more than 65536 bytes");
  CHECK(failure(post_to(server.url())) == "the answer has more than 65536 bytes");
}

TEST_CASE("a server that closes at once or in the middle is a failure") {
  const ScriptedServer server({"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhel"});
  for (int i = 0; i < 3; ++i)
    CHECK(failure(post_to(server.url())) != "none");
  CHECK(server.requests().size() == 3);
}

TEST_CASE("what is not HTTP is a failure") {
  const ScriptedServer server({"220 smtp.example ESMTP\r\n"});
  CHECK(failure(post_to(server.url())) != "none");
}

TEST_CASE("a server that says nothing is given up after the timeout") {
  const ScriptedServer server({});
  HttpPost post = post_to(server.url());
  post.timeout = std::chrono::milliseconds{50};
  CHECK_THAT(failure(post), ContainsSubstring("timed out"));
}

TEST_CASE("a stop ends the wait") {
  const ScriptedServer server({});
  std::stop_source source;
  auto answer = std::async(std::launch::async, [&] {
    return post_form(post_to(server.url()), TestClock(), source.get_token());
  });
  CHECK(server.gets_requests(1));
  source.request_stop();
  CHECK(answer.get().problem() == "cancelled");
}

TEST_CASE("a refused connection and a name that means nothing are said to") {
  RawListener listener;
  const auto port = listener.port();
  listener.close();
  CHECK_THAT(failure(post_to(fmt::format("http://127.0.0.1:{}/", port))),
             ContainsSubstring("Connection refused"));
  const Variable direct("no_proxy", "*");
  CHECK_THAT(failure(post_to("https://name.invalid/")), ContainsSubstring("name.invalid"));
}

TEST_CASE("a certificate is accepted if it is trusted and has the server's name") {
  const SecureServer server("IP:127.0.0.1");
  const auto answer = sent(server.trusting_post());
  REQUIRE(answer);
  CHECK(answer->body == "hello");
}

TEST_CASE("a certificate that nobody here trusts is refused, before anything is sent") {
  const SecureServer server("IP:127.0.0.1");
  const SecureServer other("IP:127.0.0.1");
  HttpPost post = server.post();
  post.ca_path = other.ca_path();
  CHECK_THAT(failure(post), ContainsSubstring("; if its authority is right but unknown here"));
  CHECK(server.request_count() == 0);
}

TEST_CASE("a certificate of another name is refused, before anything is sent") {
  const SecureServer server("DNS:other.example");
  CHECK_THAT(failure(server.trusting_post()), ContainsSubstring("127.0.0.1"));
  CHECK(server.request_count() == 0);
}

TEST_CASE("an expired certificate is refused, with this machine's time") {
  const SecureServer server("IP:127.0.0.1", -60);
  CHECK_THAT(failure(server.trusting_post()),
             ContainsSubstring("; the clock of this machine says 2026-11-22T12:42:50Z"));
  CHECK(server.request_count() == 0);
}

TEST_CASE("a missing or broken file of certificates is a failure that says where it is set") {
  const SecureServer server("IP:127.0.0.1");
  HttpPost post = server.post();
  post.ca_path = "/nonexistent";
  CHECK_THAT(failure(post), ContainsSubstring("https.ca.location"));
  post.ca_path = server.ca_path();
  std::ofstream(server.ca_path()) << "not PEM";
  CHECK_THAT(failure(post), ContainsSubstring("https.ca.location"));
  CHECK(server.request_count() == 0);
}

TEST_CASE("a folder may hold the trusted certificates, which are then the only ones") {
  const SecureServer server("IP:127.0.0.1");
  const TemporaryFolder empty;
  HttpPost post = server.post();
  post.ca_path = empty.file("");
  CHECK_THAT(failure(post), ContainsSubstring("certificate"));
}

TEST_CASE("https goes through the proxy of the environment, http to this machine does not") {
  const ScriptedServer server({http_answer(200, "hello")});
  RawListener proxy;
  const std::string address = fmt::format("http://127.0.0.1:{}", proxy.port());
  const Variable http("http_proxy", address);
  const Variable https("https_proxy", address);
  const Variable all("no_proxy", "");
  CHECK(sent(post_to(server.url()))->body == "hello");

  auto reason =
      std::async(std::launch::async, [] { return failure(post_to("https://a.example/")); });
  RawPeer client = proxy.accept();
  client.send("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  client.end_sending();
  CHECK_THAT(reason.get(), ContainsSubstring("407"));
}

}  // namespace vtp
