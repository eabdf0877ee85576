// What peers over HTTP can do that they should not.
#include <chrono>
#include <thread>
#include <vector>

#include "tests/http/http_client.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

HttpOptions with(std::chrono::milliseconds timeout) {
  HttpOptions options;
  options.timeout = timeout;
  return options;
}

TEST_CASE("what is not HTTP is answered with a reason, and the connection ends") {
  ServedHttp served;
  for (const char* text : {"NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                           "GET / NFS/1.1\r\n\r\n", "\x16\x03\x01\x02\x01",
                           "POST / HTTP/1.1\r\n"
                           "Host: localhost\r\nContent-Length: x\r\n\r\n"}) {
    INFO(text);
    auto client = served.client();
    client.peer().send(text);
    const Response response = client.response();
    CHECK(response.status == 400);
    CHECK(response.body == "{\"error\":\"this is not a request of HTTP/1.1\"}\n");
    CHECK(response.has("Connection: close\r\n"));
    client.peer().end_sending();
    CHECK(client.is_closed());
  }
}

TEST_CASE("NUL bytes in a request are refused") {
  ServedHttp served;
  auto client = served.client();
  using namespace std::string_view_literals;
  client.peer().send("GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"sv);
  CHECK(client.response().status == 400);
}

TEST_CASE("a request that is too large is answered with the limit, however it is too large") {
  HttpOptions options;
  options.max_request = 2000;
  ServedHttp served(options);
  const std::string long_text(100'000, 'a');
  const auto check = [&](const std::string& request) {
    auto client = served.client();
    client.peer().send(request);
    const Response response = client.response();
    CHECK(response.status == 431);
    CHECK(response.body ==
          "{\"error\":\"a request has at most 2000 bytes (--http-max-request)\"}\n");
  };
  check("GET /" + long_text + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  check("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + long_text + "\r\n\r\n");
  check("GET / HTTP/1.1\r\nHost: localhost\r\n" + long_text + ": x\r\n\r\n");
  std::string fields;
  for (int i = 0; i < 1000; ++i)
    fields += "X" + std::to_string(i) + ": 1\r\n";
  check("GET / HTTP/1.1\r\n" + fields + "\r\n");
  CHECK(served.client().get("/" + std::string(1000, 'a')).status == 404);
}

TEST_CASE("a request with too many fields is answered with their limit") {
  ServedHttp served;
  const auto with_fields = [](int count) {
    std::string fields = "Host: localhost\r\n";
    for (int i = 1; i < count; ++i)
      fields += "X" + std::to_string(i) + ": 1\r\n";
    return fields;
  };
  CHECK(served.client().get("/healthz", with_fields(100)).status == 200);
  const Response response = served.client().get("/healthz", with_fields(101));
  CHECK(response.status == 431);
  CHECK(response.has("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  CHECK(response.body == "{\"error\":\"a request has at most 100 fields\"}\n");
}

TEST_CASE("a request that announces too large a body is answered with the limit, at once") {
  ServedHttp served;
  for (const char* length : {"16385", "99999999999", "99999999999999999999999999"}) {
    INFO(length);
    const Response response = served.client().get(
        "/healthz", "Host: localhost\r\nContent-Length: " + std::string(length) + "\r\n", "POST");
    CHECK(response.status == 413);
    CHECK(response.has("HTTP/1.1 413 Content Too Large\r\n"));
    CHECK(response.body ==
          "{\"error\":\"a request has at most 16384 bytes (--http-max-request)\"}\n");
  }
  auto client = served.client();
  client.peer().send("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab");
  CHECK(client.response().status == 405);
}

TEST_CASE("a live stream needs HTTP/1.1, since it has no length") {
  ServedHttp served;
  auto client = served.client();
  client.peer().send("GET /api/v1/live HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const Response response = client.response();
  CHECK(response.status == 505);
  CHECK(response.has("HTTP/1.1 505 HTTP Version Not Supported\r\n"));
  CHECK(response.body == "{\"error\":\"a live stream needs HTTP/1.1\"}\n");
}

TEST_CASE("a request that comes too slowly is answered with the reason") {
  ServedHttp served(with(std::chrono::milliseconds(100)));
  auto client = served.client();
  client.peer().send("GET / HTTP/1.1\r\nHost: ");
  const Response response = client.response();
  CHECK(response.status == 408);
  CHECK(response.body.find("--http-timeout") != std::string::npos);
  auto silent = served.client();
  CHECK(silent.response().status == 0);
  CHECK(silent.is_closed());
}

TEST_CASE("an idle connection leaves for a new one, and so does one without a whole request") {
  HttpOptions options;
  options.connections = 2;
  ServedHttp served(options);
  auto first = served.client();
  CHECK(first.get("/healthz").status == 200);
  auto slow = served.client();
  slow.peer().send("GET / HT");
  CHECK(served.client().get("/healthz").status == 200);
  CHECK(first.is_closed());
  auto another = served.client();
  CHECK(another.get("/healthz").status == 200);
  CHECK(served.client().get("/healthz").status == 200);
  CHECK(slow.is_closed());
}

TEST_CASE("when all connections are in use, a new one gets the reason") {
  HttpOptions options;
  options.connections = 1;
  ServedHttp served(options);
  auto stream = served.client();
  stream.send("/api/v1/live");
  CHECK(stream.response(false).status == 200);
  const Response response = served.client().get("/healthz");
  CHECK(response.status == 503);
  CHECK(response.body == "{\"error\":\"all 1 connections are in use (--http-connections)\"}\n");
  CHECK(response.has("Connection: close\r\n"));
}

TEST_CASE("live streams stay, up to three quarters of the connections") {
  HttpOptions options;
  options.connections = 4;
  ServedHttp served(options);
  std::vector<HttpClient> streams;
  for (int i = 0; i < 3; ++i) {
    streams.push_back(served.client());
    streams.back().send("/api/v1/live");
    CHECK(streams.back().response(false).status == 200);
  }
  const Response fourth = served.client().get("/api/v1/live");
  CHECK(fourth.status == 503);
  CHECK(fourth.body == "{\"error\":\"there are too many live streams; try again later\"}\n");
  CHECK(served.client().get("/healthz").status == 200);
  streams.pop_back();
  // It takes a moment until the server sees that.
  int status = 503;
  for (int i = 0; i < 1000 && status == 503; ++i) {
    auto client = served.client();
    client.send("/api/v1/live");
    status = client.response(false).status;
  }
  CHECK(status == 200);
}

TEST_CASE("an address that is not allowed gets the reason and nothing else") {
  HttpOptions options;
  options.allowed = {AddressRange::parse("192.0.2.0/24").value()};
  ServedHttp served(options);
  for (const char* path : {"/", "/healthz", "/api/v1/live"}) {
    const Response response = served.client().get(path);
    CHECK(response.status == 403);
    CHECK(response.body == "{\"error\":\"127.0.0.1 is not allowed (--http-allow)\"}\n");
  }
  served.server().allow(loopback_ranges());
  int status = 403;
  for (int i = 0; i < 1000 && status == 403; ++i)
    status = served.client().get("/healthz").status;
  CHECK(status == 200);
}

TEST_CASE("a page from elsewhere cannot reach the server through a browser") {
  HttpOptions options;
  options.hosts = {"broker.example.org"};
  ServedHttp served(options);
  auto client = served.client();
  const Response response = client.get("/api/v1/peers", "Host: evil.example:8097\r\n");
  CHECK(response.status == 421);
  CHECK(response.body.find("--http-host") != std::string::npos);
  CHECK(client.get("http://evil.example/healthz", "Host: localhost\r\n").status == 421);
  CHECK(client.get("/healthz", "Host: broker.example.org\r\n").status == 200);
  // No browser leaves it out.
  CHECK(client.get("/healthz", "").status == 200);
  CHECK(client.get("/healthz", "Host: localhost\r\nHost: evil.example\r\n").status == 400);
  client.peer().send("GET /healthz HTTP/1.0\r\n\r\n");
  CHECK(client.response().status == 200);
}

TEST_CASE("requests that come together are answered in turn") {
  ServedHttp served;
  auto client = served.client();
  std::string requests;
  for (const char* path : {"/healthz", "/nothing", "/api/v1/peers", "/readyz"})
    requests += "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.peer().send(requests);
  CHECK(client.response().body == "ok\n");
  CHECK(client.response().status == 404);
  CHECK(client.response().body == "{\"peers\":[]}\n");
  CHECK(client.response().body == "disk: ok\nlisteners: ok\n");
}

TEST_CASE("a request to change the protocol is answered as any other, and ends the connection") {
  ServedHttp served;
  auto client = served.client();
  const Response response =
      client.get("/readyz",
                 "Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                 "HTTP2-Settings: AAMAAABkAAQAAP__\r\n");
  CHECK(response.status == 200);
  CHECK(response.has("Connection: close\r\n"));
  CHECK(client.is_closed());
}

TEST_CASE("a reader that does not read its answer is left, and others are served meanwhile") {
  HttpOptions options = with(std::chrono::milliseconds(300));
  options.connections = 2;
  ServedHttp served(options);
  // Larger than what the system keeps for the two ends.
  const std::string text(40'000'000, 'x');  // also than the memory for answers
  const std::string digest =
      served.append(event_with("ivo://a.b/c#1", "<Description>" + text + "</Description>"));
  const std::string path = "/api/v1/events/" + digest + ".xml";
  CHECK(served.client().get(path).body.size() > text.size());
  auto slow = served.client();
  slow.send(path);
  auto stream = served.client();
  stream.send("/api/v1/live");
  CHECK(stream.response(false).status == 200);
  // Both seats are taken by connections that do not leave, until the slow one is left.
  CHECK(becomes_true([&] { return served.client().get("/healthz").status == 200; }));
}

TEST_CASE("a whole answer has an end, also for a reader that reads a little all the time") {
  TemporaryFolder folder;
  HttpOptions options = with(std::chrono::milliseconds(300));
  CHECK(options.answer_time(0) == std::chrono::milliseconds(600));
  CHECK(options.answer_time(8'500'000) == std::chrono::milliseconds(3000));
  options.endpoints = {UnixEndpoint{folder.file("http")}};
  ServedHttp served(options);
  const std::string text(8'500'000, 'x');
  const std::string digest =
      served.append(event_with("ivo://a.b/c#1", "<Description>" + text + "</Description>"));
  auto slow = unix_client(folder.file("http"));
  slow.send("/api/v1/events/" + digest + ".xml");
  std::size_t got = 0;
  char bytes[16384];
  while (true) {
    const ssize_t now = ::recv(slow.peer().fd(), bytes, sizeof bytes, 0);
    if (now <= 0) break;
    got += static_cast<std::size_t>(now);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // about 1 MB a second
  }
  CHECK(got > 1'000'000);
  CHECK(got < text.size());
}

TEST_CASE("a server stops although a reader does not read its answer") {
  ServedHttp served;
  const std::string text(40'000'000, 'x');
  const std::string digest =
      served.append(event_with("ivo://a.b/c#1", "<Description>" + text + "</Description>"));
  auto slow = served.client();
  slow.send("/api/v1/events/" + digest + ".xml");
  CHECK(served.client().get("/api/v1/status").status == 200);
  const auto begun = std::chrono::steady_clock::now();
  served.server().stop();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
}

}  // namespace
}  // namespace vtp
