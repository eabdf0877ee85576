#include "lib/http/live_streams.h"

#include <chrono>
#include <thread>
#include <vector>

#include "lib/http/event_json.h"
#include "tests/http/http_client.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string numbered(int i) { return valid_event("ivo://a.b/c#" + std::to_string(i)); }

HttpClient stream_of(const ServedHttp& served, std::string_view fields = "",
                     std::string_view target = "/api/v1/live") {
  auto client = served.client();
  client.send(target, "Host: localhost\r\n" + std::string(fields));
  const Response head = client.response(false);
  CHECK(head.status == 200);
  CHECK(head.has("Content-Type: text/event-stream\r\n"));
  CHECK(client.next_event() == ":");
  return client;
}

TEST_CASE("a live stream has the events that come, with digest and JSON") {
  ServedHttp served;
  served.append(numbered(0));
  auto client = stream_of(served);
  const std::string digest = served.append(numbered(1));
  const std::string json = served.client().get("/api/v1/events/" + digest).body;
  CHECK(client.next_event() == "id: " + digest + "\ndata: " + json.substr(0, json.size() - 1));
  const std::string next = served.append(numbered(2));
  CHECK(client.next_event()->starts_with("id: " + next + "\n"));
}

TEST_CASE("a live stream continues after the event that a reader had last") {
  ServedHttp served;
  std::vector<std::string> digests;
  for (int i = 0; i < 5; ++i)
    digests.push_back(served.append(numbered(i)));
  const auto has_rest = [&](HttpClient client) {
    for (int i = 2; i < 5; ++i)
      if (!client.next_event()->starts_with("id: " + digests[static_cast<std::size_t>(i)]))
        return false;
    return true;
  };
  CHECK(has_rest(stream_of(served, "Last-Event-ID: " + digests[1] + "\r\n")));
  CHECK(has_rest(stream_of(served, "", "/api/v1/live?after=" + digests[1])));
  // A browser that comes back sends both.
  CHECK(has_rest(stream_of(served, "Last-Event-ID: " + digests[1] + "\r\n",
                           "/api/v1/live?after=" + digests[0])));
}

TEST_CASE("a live stream says that there is a gap if the log does not know the event") {
  ServedHttp served;
  served.append(numbered(0));
  for (const std::string& id : {std::string(64, '0'), std::string("anything")}) {
    auto client = stream_of(served, "Last-Event-ID: " + id + "\r\n");
    CHECK(client.next_event() == "event: gap\ndata: {}");
  }
  auto client = stream_of(served, "", "/api/v1/live?after=" + std::string(64, '0'));
  CHECK(client.next_event() == "event: gap\ndata: {}");
  const std::string digest = served.append(numbered(1));
  CHECK(client.next_event()->starts_with("id: " + digest + "\n"));
}

TEST_CASE("a reader that was away for long gets all from the disk, while more come, each once") {
  ServedHttp served;
  const std::string padding(40'000, 'x');
  const auto large = [&](int i) {
    return event_with("ivo://a.b/c#" + std::to_string(i),
                      "<Description>" + padding + "</Description>");
  };
  std::vector<std::string> digests;
  for (int i = 0; i < 600; ++i)  // more than the log keeps in memory
    digests.push_back(served.append(large(i)));
  auto client = stream_of(served, "Last-Event-ID: " + digests[0] + "\r\n");
  for (int i = 600; i < 620; ++i)
    digests.push_back(served.append(large(i)));
  for (std::size_t i = 1; i < digests.size(); ++i) {
    const auto event = client.next_event();
    REQUIRE(event);
    REQUIRE(event->starts_with("id: " + digests[i] + "\n"));
  }
}

TEST_CASE("a live stream has a comment from time to time") {
  HttpOptions options;
  options.heartbeat = std::chrono::milliseconds(20);
  ServedHttp served(options);
  auto client = stream_of(served);
  for (int i = 0; i < 3; ++i)
    CHECK(client.next_event() == ":");
}

TEST_CASE("a reader that does not read its stream is left, and the others are served") {
  HttpOptions options;
  options.timeout = std::chrono::milliseconds(300);
  options.connections = 3;
  ServedHttp served(options);
  auto slow = stream_of(served);
  auto good = stream_of(served);
  const std::string padding(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) {
    const std::string digest = served.append(event_with(
        "ivo://a.b/c#" + std::to_string(i), "<Description>" + padding + "</Description>"));
    REQUIRE(good.next_event()->starts_with("id: " + digest + "\n"));
  }
  // There may be two streams.
  CHECK(becomes_true([&] {
    auto third = served.client();
    third.send("/api/v1/live");
    return third.response(false).status == 200;
  }));
}

// JSON has six bytes for each of these characters.
std::string hard_event(int i, std::size_t characters) {
  return event_with("ivo://a.b/c#" + std::to_string(i),
                    "<Description>" + std::string(characters, '\x7f') + "</Description>");
}

TEST_CASE("an event that is too large for a live stream comes in short, and the stream goes on") {
  ServedHttp served;
  auto good = stream_of(served);
  const std::size_t most = longest_listed_event;
  int i = 0;
  for (const std::size_t characters : {4 * most, most / 2, most / 6}) {
    const std::string digest = served.append(hard_event(i, characters));
    // While another reads the whole slowly: the memory for large answers is used.
    auto slow = served.client();
    slow.send("/api/v1/events/" + digest);
    const auto event = good.next_event();
    REQUIRE(event);
    CHECK(event->starts_with("id: " + digest + "\ndata: {\"ivorn\":\"ivo://a.b/c#" +
                             std::to_string(i)));
    CHECK(event->ends_with("\"digest\":\"" + digest + "\",\"shortened\":true}"));
    const std::string next = served.append(numbered(100 + i++));
    CHECK(good.next_event()->starts_with("id: " + next + "\n"));
    CHECK(slow.response(false).status == 200);
  }
  const std::string page = served.client().get("/api/v1/events").body;
  CHECK(page.size() < most);
  CHECK(page.find("\"shortened\":true") != std::string::npos);
}

TEST_CASE("live streams without memory go on with events in short") {
  TemporaryFolder folder;
  HttpOptions options;
  options.endpoints = {UnixEndpoint{folder.file("http")}};
  ServedHttp served(options);
  std::vector<HttpClient> readers;
  for (int i = 0; i < 40; ++i) {
    readers.push_back(unix_client(folder.file("http")));
    readers.back().send("/api/v1/live");
    REQUIRE(readers.back().response(false).status == 200);
    REQUIRE(readers.back().next_event() == ":");
  }
  // 40 MB in all, of which the sockets take less than 10.
  const std::string digest = served.append(event_with(
      "ivo://a.b/c#1", "<Description>" + std::string(1'000'000, 'x') + "</Description>"));
  int whole = 0;
  for (HttpClient& reader : readers) {
    const auto event = reader.next_event();
    REQUIRE(event);
    REQUIRE(event->starts_with("id: " + digest + "\n"));
    if (event->size() > 1'000'000) ++whole;
  }
  CHECK(whole > 20);
  CHECK(whole < 34);
  const std::string next = served.append(numbered(2));
  for (HttpClient& reader : readers)
    REQUIRE(reader.next_event()->starts_with("id: " + next + "\n"));
}

TEST_CASE("live streams end when the server stops") {
  ServedHttp served;
  auto client = stream_of(served);
  const auto begun = std::chrono::steady_clock::now();
  served.server().stop();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(1));
  CHECK_FALSE(client.next_event());
  CHECK(client.is_closed());
}

TEST_CASE("HEAD of a live stream is answered at once") {
  ServedHttp served;
  auto client = served.client();
  const Response response = client.get("/api/v1/live", "Host: localhost\r\n", "HEAD");
  CHECK(response.status == 200);
  CHECK(response.has("Content-Type: text/event-stream\r\n"));
  CHECK(client.get("/healthz").status == 200);
}

}  // namespace
}  // namespace vtp
