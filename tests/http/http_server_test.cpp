#include "lib/http/http_server.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/http/http_exchange.h"
#include "lib/http/page_files.h"
#include "lib/voevent/check.h"
#include "lib/voevent/json.h"
#include "tests/http/http_client.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

TEST_CASE("the page and its files are served, each with its type and all fields for safety") {
  ServedHttp served;
  auto client = served.client();
  for (const PageFile& file : page_files()) {
    INFO(file.path);
    const Response response = client.get(file.path);
    CHECK(response.status == 200);
    CHECK(response.body == file.bytes);
    CHECK(response.has("Content-Type: " + std::string(file.type) + "\r\n"));
    CHECK(response.has("ETag: " + std::string(file.etag) + "\r\n"));
    for (const auto& [name, value] : common_fields())
      CHECK(response.has(name + ": " + value + "\r\n"));
    CHECK_FALSE(response.has("Access-Control"));
  }
  CHECK(client.get("/").has("Content-Type: text/html; charset=utf-8\r\n"));
}

TEST_CASE("a file that the browser has is not sent again") {
  ServedHttp served;
  auto client = served.client();
  const std::string etag(page_file_at("/")->etag);
  const Response same =
      client.get("/", "Host: localhost\r\nIf-None-Match: W/\"x\", " + etag + "\r\n");
  CHECK(same.status == 304);
  CHECK(same.has("ETag: " + etag));
  CHECK(client.get("/", "Host: localhost\r\nIf-None-Match: \"x\"\r\n").status == 200);
}

TEST_CASE("HEAD is answered as GET, without the body") {
  ServedHttp served;
  auto client = served.client();
  for (const char* path : {"/", "/healthz", "/readyz", "/api/v1/status", "/nothing"}) {
    const Response get = client.get(path);
    const Response head = client.get(path, "Host: localhost\r\n", "HEAD");
    CHECK(head.status == get.status);
    CHECK(head.has("Content-Length: " + std::to_string(get.body.size()) + "\r\n"));
  }
  CHECK(client.get("/healthz").body == "ok\n");
}

TEST_CASE("all other methods are refused") {
  ServedHttp served;
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    auto client = served.client();
    const Response response = client.get("/healthz", "Host: localhost\r\n", method);
    CHECK(response.status == 405);
    CHECK(response.has("Allow: GET, HEAD\r\n"));
    CHECK(response.body == "{\"error\":\"only GET and HEAD are served here\"}\n");
  }
}

TEST_CASE("what is not there is said, and what is wrong with a request") {
  ServedHttp served;
  auto client = served.client();
  const auto status = [&](std::string_view target) { return client.get(target).status; };
  CHECK(status("/nothing") == 404);
  CHECK(status("/api/v1/") == 404);
  CHECK(status("//") == 404);
  CHECK(status("/api/v1/events/abc") == 404);
  CHECK(status("/../etc/passwd") == 404);
  CHECK(status("/%00") == 400);
  CHECK(status("/healthz?x=1") == 400);
  CHECK(status("/api/v1/status?a=1&a=2") == 400);
  CHECK(status("/api/v1/live?after=1") == 400);
  CHECK(status("/api/v1/live?before=1") == 400);
  CHECK(client.get("/<script>").body == "{\"error\":\"there is nothing at /<script>\"}\n");
}

TEST_CASE("the status is that of the broker, and readiness follows from it") {
  BrokerStatus status = ServedHttp::ready();
  status.upstreams.push_back({"a.example.org:8099", false, 0, {}, {}});
  ServedHttp served({}, status);
  auto client = served.client();
  CHECK(client.get("/healthz").body == "ok\n");
  const Response ready = client.get("/readyz");
  CHECK(ready.status == 503);
  CHECK(ready.body == "disk: ok\nlisteners: ok\nupstream a.example.org:8099: not connected\n");
  CHECK(client.get("/api/v1/status").body.starts_with("{\"version\":\"1.0.0\","));
  CHECK(client.get("/api/v1/peers").body == "{\"peers\":[]}\n");
}

TEST_CASE("an event is sent as it was received, or as JSON") {
  ServedHttp served;
  const std::string bytes = valid_event("ivo://a.b/c#1");
  const std::string digest = served.append(bytes);
  auto client = served.client();
  const std::string path = "/api/v1/events/" + digest;
  const Response xml = client.get(path + ".xml");
  CHECK(xml.body == bytes);
  CHECK(xml.has("Content-Type: application/xml\r\n"));
  Checker checker;
  const std::string json = json_line({bytes, digest_of(bytes), checker.check(bytes).headline},
                                     {served.log.clock.now(), Origin("elsewhere")}) +
                           "\n";
  CHECK(client.get(path + ".json").body == json);
  CHECK(client.get(path).body == json);
  CHECK(client.get(path + ".txt").status == 404);
  CHECK(client.get("/api/v1/events/" + std::string(64, '0')).status == 404);
}

TEST_CASE("the JSON of an event has what a check of its signature shows, one check at a time") {
  std::atomic<int> under_way{0};
  std::atomic<int> most{0};
  const auto check = [&](EventPtr event) -> asio::awaitable<SignatureFinding> {
    most = std::max<int>(most, ++under_way);
    for (int turn = 0; turn < 1'000; ++turn)  // while the others' requests come
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    --under_way;
    co_return SignatureFinding{SignatureState::good, event->bytes.empty() ? "" : "0123", {}};
  };
  ServedHttp served({}, ServedHttp::ready(), check);
  const std::string bytes = valid_event("ivo://a.b/c#1");
  served.append(bytes);
  const std::string path = "/api/v1/events/" + digest_of(bytes).hex();
  std::vector<std::thread> browsers;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i)
    browsers.emplace_back([&] {
      auto client = served.client();
      const std::string json = client.get(path).body;
      if (json.find("\"signature\":\"good\",\"signed_by\":\"0123\"") != std::string::npos) ++right;
    });
  for (std::thread& browser : browsers)
    browser.join();
  CHECK(right == 4);
  CHECK(most == 1);
  auto client = served.client();
  CHECK(client.get(path + ".xml").body == bytes);
}

TEST_CASE("a unix socket is served, under any name") {
  TemporaryFolder folder;
  HttpOptions options;
  options.endpoints = {UnixEndpoint{folder.file("http")}};
  ServedHttp served(options);
  HttpClient client = unix_client(folder.file("http"));
  CHECK(client.get("/healthz", "Host: anything.example.org\r\n").body == "ok\n");
}

TEST_CASE("a port that is in use is an error at the start") {
  ServedHttp served;
  HttpOptions options;
  options.endpoints = {TcpEndpoint{"127.0.0.1", served.port()}};
  CHECK_THROWS_AS(HttpServer(options, served.log.clock, served.log.diagnostics),
                  std::runtime_error);
}

TEST_CASE("a server that stops has sent the answers under way, and no longer listens") {
  ServedHttp served;
  auto idle = served.client();
  CHECK(idle.get("/healthz").status == 200);
  const std::uint16_t port = served.port();
  served.server().stop();
  CHECK(idle.is_closed());
  CHECK_THROWS(HttpClient(port));
  served.server().stop();
}

}  // namespace
}  // namespace vtp
