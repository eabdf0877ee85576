// Searches over HTTP.
#include "lib/http/event_pages.h"

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

#include "tests/http/http_client.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string numbered(int i, const std::string& more = "") {
  return event_with("ivo://a.b/c#" + std::to_string(i),
                    "<Who><AuthorIVORN>ivo://a.b/author</AuthorIVORN></Who>" + more);
}

nlohmann::json page(HttpClient& client, const std::string& query) {
  const Response response = client.get("/api/v1/events" + query);
  INFO(response.body);
  REQUIRE(response.status == 200);
  CHECK(response.has("Content-Type: application/json\r\n"));
  return nlohmann::json::parse(response.body);
}

std::vector<std::string> ivorns(const nlohmann::json& page) {
  std::vector<std::string> all;
  for (const auto& event : page["events"])
    all.push_back(event["ivorn"].get<std::string>().substr(11));
  return all;
}

TEST_CASE("the newest events come first, page by page, each once") {
  ServedHttp served;
  for (int i = 0; i < 7; ++i)
    served.append(numbered(i));
  auto client = served.client();
  CHECK(ivorns(page(client, "")) ==
        std::vector<std::string>{"#6", "#5", "#4", "#3", "#2", "#1", "#0"});
  CHECK(page(client, "")["next"].is_null());
  std::vector<std::string> all;
  std::string cursor;
  do {
    const auto part = page(client, "?limit=3" + cursor);
    const auto found = ivorns(part);
    all.insert(all.end(), found.begin(), found.end());
    served.append(numbered(100 + static_cast<int>(all.size())));  // newer ones are not in between
    cursor = part["next"].is_null() ? "" : "&cursor=" + part["next"].get<std::string>();
  } while (!cursor.empty());
  CHECK(all == std::vector<std::string>{"#6", "#5", "#4", "#3", "#2", "#1", "#0"});
}

TEST_CASE("an event is the same as by its digest, to the byte") {
  ServedHttp served;
  const std::string digest = served.append(numbered(1));
  auto client = served.client();
  const std::string json = client.get("/api/v1/events/" + digest + ".json").body;
  CHECK(client.get("/api/v1/events").body ==
        "{\"events\":[" + json.substr(0, json.size() - 1) + "],\"next\":null}\n");
}

TEST_CASE("only what is asked for is found") {
  ServedHttp served;
  const std::string position =
      "<WhereWhen><ObsDataLocation><ObservationLocation><AstroCoordSystem id='UTC-FK5-GEO'/>"
      "<AstroCoords><Position2D unit='deg'><Value2><C1>83.6</C1><C2>22.0</C2></Value2></Position2D>"
      "</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>";
  served.append(numbered(1));
  served.append(numbered(2, position));
  served.append(
      numbered(3, "<Citations><EventIVORN cite='followup'>ivo://a.b/c#1</EventIVORN></Citations>"));
  auto client = served.client();
  const auto found = [&](const std::string& query) { return ivorns(page(client, query)); };
  using List = std::vector<std::string>;
  CHECK(found("?cone=83,22,2") == List{"#2"});
  CHECK(found("?cone=83,-22,2").empty());
  CHECK(found("?cites=ivo://a.b/c%231") == List{"#3"});
  CHECK(found("?cited_by=ivo://a.b/c%233") == List{"#1"});
  CHECK(found("?ivorn=ivo://a.b/c%232") == List{"#2"});
  CHECK(found("?stream=ivo://a.b/c").size() == 3);
  CHECK(found("?stream=ivo://a.b/d").empty());
  CHECK(found("?role=observation").empty());
  CHECK(found("?since=1h").size() == 3);
  CHECK(found("?until=1h").empty());
  CHECK(client.get("/api/v1/events?sort=time").status == 400);
  CHECK(client.get("/api/v1/events?cone=1,2").status == 400);
}

TEST_CASE("a page ends where its events are too large") {
  ServedHttp served;
  const std::string large = "<Description>" + std::string(900'000, 'x') + "</Description>";
  for (int i = 0; i < 4; ++i)
    served.append(numbered(i, large));
  auto client = served.client();
  const auto first = page(client, "");
  CHECK(ivorns(first) == std::vector<std::string>{"#3", "#2", "#1"});
  const auto second = page(client, "?cursor=" + first["next"].get<std::string>());
  CHECK(ivorns(second) == std::vector<std::string>{"#0"});
  CHECK(second["next"].is_null());
}

TEST_CASE("a search that takes too long is refused, and nothing else waits for it") {
  HttpOptions options;
  options.query_timeout = std::chrono::milliseconds(1);
  ServedHttp served(options);
  for (int i = 0; i < 200; ++i)
    served.append(numbered(i));
  auto client = served.client();
  const Response response = client.get("/api/v1/events?concept=none");
  CHECK(response.status == 503);
  CHECK(response.body.find("(--http-query-timeout)") != std::string::npos);
  CHECK(client.get("/readyz").status == 200);
}

TEST_CASE("a search that runs ends when it is to stop") {
  OpenedLog log;
  asio::io_context context;
  EventPages pages(log.events->file(), std::chrono::hours(1), log.diagnostics);
  pages.stop();
  const HttpResponse response = run_to_end(context, pages.page({}));
  CHECK(response.status == 503);
}

}  // namespace
}  // namespace vtp
