#include "lib/http/http_routes.h"

#include <exception>
#include <initializer_list>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/http/event_json.h"
#include "lib/http/host_check.h"
#include "lib/http/metrics_text.h"
#include "lib/http/page_files.h"
#include "lib/http/status_json.h"
#include "lib/net/coroutine.h"
#include "lib/net/offload.h"

namespace vtp {
namespace {

constexpr std::string_view events_path = "/api/v1/events";
constexpr std::string_view live_path = "/api/v1/live";
constexpr std::string_view event_prefix = "/api/v1/events/";

HttpResponse text_response(std::string text, const char* type, int status = 200) {
  HttpResponse answer;
  answer.status = status;
  answer.type = type;
  answer.text = std::make_shared<const std::string>(std::move(text));
  answer.fields.emplace_back("Cache-Control", "no-store");
  return answer;
}

HttpResponse json_response(std::string text) {
  return text_response(std::move(text), "application/json");
}

constexpr const char* plain_text = "text/plain; charset=utf-8";

// The file may be kept, but a newer program may have another.
HttpResponse file_response(const PageFile& file, const std::optional<std::string>& if_none_match) {
  HttpResponse answer;
  answer.type = std::string(file.type);
  answer.fields.emplace_back("ETag", file.etag);
  answer.fields.emplace_back("Cache-Control", "no-cache");
  if (if_none_match && if_none_match->find(file.etag) != std::string::npos) {
    answer.status = 304;
    answer.type.clear();
  } else {
    answer.fixed = file.bytes;
  }
  return answer;
}

// The first parameter that is not one of these.
std::optional<HttpRefusal> unknown_in(const RequestTarget& target,
                                      std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : target.parameters)
    if (std::ranges::find(known, name) == known.end())
      return HttpRefusal{400, fmt::format("there is no parameter {}", printable(shortened(name)))};
  return std::nullopt;
}

}  // namespace

HttpRoutes::HttpRoutes(asio::io_context& context, asio::thread_pool& disk,
                       const HttpOptions& options, EventLog& events, ReadStatus read_status,
                       CheckSignature check_signature, const Clock& clock,
                       const Diagnostics& diagnostics, PeerDiagnostics& peers)
    : context_(context),
      disk_(disk),
      options_(options),
      check_signature_(std::move(check_signature)),
      signature_checked_(context.get_executor()),
      clock_(clock),
      diagnostics_(diagnostics),
      reader_(events),
      status_(context.get_executor(), disk, std::move(read_status)),
      pages_(events.file(), options.query_timeout, diagnostics),
      live_(context, disk, events, options.heartbeat,
            std::max<std::size_t>(options.connections * 3 / 4, 1), diagnostics, peers) {}

void HttpRoutes::handle(HttpExchangePtr exchange) {
  spawn(context_.get_executor(), serve(std::move(exchange)), [](const std::exception_ptr&) {});
}

asio::awaitable<void> HttpRoutes::serve(HttpExchangePtr exchange) {
  const HttpRequest& request = exchange->request();
  if (const auto refused = refusal(request)) co_return exchange->answer(answer_of(*refused));
  HttpResponse answer;
  try {
    if (request.method != "GET" && request.method != "HEAD") {
      answer = answer_of({405, "only GET and HEAD are served here"});
      answer.fields.emplace_back("Allow", "GET, HEAD");
    } else if (const auto target = RequestTarget::parse(request.target); !target) {
      answer = answer_of({400, target.problem()});
    } else if (target->path == live_path) {
      co_return begin_live(std::move(exchange), *target);
    } else {
      answer = co_await answer_to(request, *target);
    }
  } catch (const std::exception& error) {
    diagnostics_.warning("Cannot answer a request over HTTP: {}", error.what());
    answer = answer_of({503, "the broker cannot read that now; its diagnostics say why"});
  }
  exchange->answer(std::move(answer));
}

// Before anything is read for it.
std::optional<HttpRefusal> HttpRoutes::refusal(const HttpRequest& request) const {
  if (request.hosts.size() > 1) return HttpRefusal{400, "there is more than one Host"};
  std::string_view host = host_in_target(request.target);
  if (host.empty() && !request.hosts.empty()) host = request.hosts.front();
  if (host.empty() || !request.peer.address || is_our_host(host, options_.hosts))
    return std::nullopt;
  return HttpRefusal{421,
                     fmt::format("this server is not known as {}; --http-host=NAME adds a name",
                                 printable(shortened(host)))};
}

asio::awaitable<HttpResponse> HttpRoutes::answer_to(const HttpRequest& request,
                                                    const RequestTarget& target) {
  const std::string& path = target.path;
  if (const PageFile* const file = page_file_at(path)) {
    co_return file_response(*file, request.if_none_match);
  } else if (path == events_path) {
    auto query = event_query_in(target.parameters, clock_.now());
    if (!query) co_return answer_of({400, query.problem()});
    co_return co_await pages_.page(*std::move(query));
  } else if (path.starts_with(event_prefix)) {
    if (const auto unknown = unknown_in(target, {})) co_return answer_of(*unknown);
    co_return co_await event(path.substr(event_prefix.size()));
  } else if (path != "/healthz" && path != "/readyz" && path != "/metrics" &&
             path != "/api/v1/status" && path != "/api/v1/peers") {
    co_return answer_of({404, fmt::format("there is nothing at {}", printable(shortened(path)))});
  }
  if (const auto unknown = unknown_in(target, {})) co_return answer_of(*unknown);
  if (path == "/healthz") co_return text_response("ok\n", plain_text);
  const StatusPtr status = co_await status_.status();
  if (path == "/metrics") co_return text_response(metrics_text(*status), metrics_type);
  if (path == "/api/v1/status") co_return json_response(status_json(*status));
  if (path == "/api/v1/peers") co_return json_response(peers_json(*status));
  co_return text_response(readiness_text(*status), plain_text, is_ready(*status) ? 200 : 503);
}

// name: DIGEST, DIGEST.json or DIGEST.xml.
asio::awaitable<HttpResponse> HttpRoutes::event(std::string name) {
  const std::size_t dot = std::min(name.find('.'), name.size());
  const std::string form = name.substr(dot);
  const auto digest = Digest::parse(name.substr(0, dot));
  if (!digest || (!form.empty() && form != ".json" && form != ".xml"))
    co_return answer_of(
        {404, "an event is at DIGEST.json or DIGEST.xml, with 64 hexadecimal digits"});
  const bool is_xml = form == ".xml";
  auto read = [this, digest = *digest]() -> std::shared_ptr<const LogEntry> {
    const auto seq = reader_.find(digest);
    if (!seq || *seq == 0) return nullptr;
    const auto entries = reader_.read_after(*seq - 1, 1);
    if (entries.empty() || entries.front().event->digest != digest) return nullptr;
    return std::make_shared<const LogEntry>(entries.front());
  };
  const auto entry = co_await offload(disk_, std::move(read));
  if (!entry) co_return answer_of({404, "there is no event with this digest"});
  SharedText text;
  if (is_xml)
    text = std::make_shared<const std::string>(entry->event->bytes);
  else
    text = co_await json_of(entry);
  HttpResponse answer;
  answer.type = is_xml ? "application/xml" : "application/json";
  answer.text = std::move(text);
  answer.fields.emplace_back("Cache-Control", "no-store");
  co_return answer;
}

// One at a time, so that the events of authors need not wait for those that browsers look at.
asio::awaitable<SignatureFinding> HttpRoutes::signature_of(EventPtr event) {
  while (checks_signature_)
    co_await signature_checked_.wait();
  const Raised raised(checks_signature_, signature_checked_);
  co_return co_await check_signature_(std::move(event));
}

// A large event takes long.
asio::awaitable<SharedText> HttpRoutes::json_of(std::shared_ptr<const LogEntry> entry) {
  std::optional<SignatureFinding> signature;
  if (check_signature_) signature = co_await signature_of(entry->event);
  auto write = [entry, signature = std::move(signature)]() -> SharedText {
    Checker checker;
    return std::make_shared<const std::string>(event_json(*entry, checker, signature) + "\n");
  };
  co_return co_await offload(disk_, std::move(write));
}

// What a browser sends when it connects again is newer than what the page asked for.
void HttpRoutes::begin_live(HttpExchangePtr exchange, const RequestTarget& target) {
  if (!exchange->request().has_chunks)
    return exchange->answer(answer_of({505, "a live stream needs HTTP/1.1"}));
  if (const auto unknown = unknown_in(target, {"after"}))
    return exchange->answer(answer_of(*unknown));
  std::optional<std::string> after = exchange->request().last_event_id;
  if (const auto given = target.parameters.find("after"); given != target.parameters.end()) {
    if (!Digest::parse(given->second))
      return exchange->answer(answer_of({400, "after is a digest, 64 hexadecimal digits"}));
    if (!after) after = given->second;
  }
  if (exchange->request().method == "HEAD") {
    HttpResponse head;
    head.type = "text/event-stream";
    return exchange->answer(std::move(head));
  }
  live_.begin(std::move(exchange), after);
}

}  // namespace vtp
