#include "lib/http/http_connections.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <restinio/http_server.hpp>
#include <string>
#include <unordered_map>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>

#include "lib/http/http_link.h"
#include "lib/net/budget.h"

namespace vtp {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr int timeouts_for_upgrade = 4;

struct Traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                                   restinio::details::autodetect_request_handler_type,
                                   restinio::noop_strand_t, HttpSocket> {};

using Settings = restinio::impl::connection_settings_t<Traits>;
using Factory = restinio::impl::connection_factory_t<Traits>;
using Monitor = restinio::connection_count_limits::connection_lifetime_monitor_t<
    restinio::connection_count_limits::noop_connection_count_limiter_t>;

// What its parser knows of a request beside what RESTinio keeps: set before and after its own calls.
http_parser_settings parser_calls() {
  auto calls = restinio::impl::create_parser_settings<Traits::http_methods_mapper_t>();
  calls.on_message_begin = [](http_parser* parser) {
    if (HttpLink::reading) HttpLink::reading->parser = parser;
    return 0;
  };
  calls.on_headers_complete = [](http_parser* parser) {
    const auto& context = *static_cast<restinio::impl::http_parser_ctx_t*>(parser->data);
    constexpr auto unknown = std::numeric_limits<std::uint64_t>::max();
    if (parser->content_length != unknown &&
        parser->content_length > context.m_limits.max_body_size())
      return -1;
    return restinio::impl::restinio_headers_complete_cb(parser);
  };
  calls.on_message_complete = [](http_parser* parser) {
    auto& context = *static_cast<restinio::impl::http_parser_ctx_t*>(parser->data);
    context.m_header.http_major(parser->http_major);
    context.m_header.http_minor(parser->http_minor);
    return restinio::impl::restinio_message_complete_cb<Traits::http_methods_mapper_t>(parser);
  };
  return calls;
}

std::optional<HttpRefusal> refusal_by_parser(const HttpLink& link) {
  if (!link.parser) return std::nullopt;
  const auto error = HTTP_PARSER_ERRNO(link.parser);
  const auto& context = *static_cast<restinio::impl::http_parser_ctx_t*>(link.parser->data);
  if (error == HPE_CB_header_field && context.m_total_field_count >= HttpConnections::most_fields)
    return HttpRefusal{
        431, fmt::format("a request has at most {} fields", HttpConnections::most_fields)};
  // The length may also be a number that the parser cannot keep.
  constexpr auto unknown = std::numeric_limits<std::uint64_t>::max();
  const bool is_length = error == HPE_CB_headers_complete || error == HPE_INVALID_CONTENT_LENGTH;
  if (is_length && link.parser->content_length != unknown &&
      link.parser->content_length > link.most_bytes)
    return HttpRefusal{
        413, fmt::format("a request has at most {} bytes (--http-max-request)", link.most_bytes)};
  return std::nullopt;
}

// RESTinio counts its connections with the help of its acceptor, which there is not.
class NoAcceptor final : public restinio::connection_count_limits::impl::acceptor_callback_iface_t {
 public:
  virtual ~NoAcceptor() = default;
  void call_accept_now(std::size_t) noexcept override {}
  void schedule_next_accept_attempt(std::size_t) noexcept override {}
};

HttpRequest request_in(const restinio::request_t& request, const Peer& peer) {
  const auto& header = request.header();
  HttpRequest out;
  out.method = header.method().c_str();
  out.target = header.request_target();
  out.has_chunks = header.http_major() > 1 || header.http_minor() >= 1;
  out.peer = peer;
  header.for_each_field([&out](const auto& field) {
    if (field.field_id() == restinio::http_field::host) out.hosts.emplace_back(field.value());
    if (field.field_id() == restinio::http_field::if_none_match) out.if_none_match = field.value();
    if (restinio::impl::is_equal_caseless(field.name(), std::string("Last-Event-ID")))
      out.last_event_id = field.value();
  });
  return out;
}

// A part of a text that others share.
struct Piece {
  SharedText whole;
  std::string_view part;

  [[nodiscard]] const char* data() const { return part.data(); }
  [[nodiscard]] std::size_t size() const { return part.size(); }
};

class Exchange final : public HttpExchange {
  template <class Output>
  auto make(const HttpResponse& answer) {
    auto response = raw_->create_response<Output>(restinio::http_status_line_t(
        restinio::http_status_code_t(static_cast<std::uint16_t>(answer.status)),
        reason_phrase(answer.status)));
    if (!answer.type.empty()) response.append_header("Content-Type", answer.type);
    for (const auto* fields : {&common_fields(), &answer.fields})
      for (const auto& [name, value] : *fields)
        response.append_header(name, value);
    response.append_header_date_field();
    if (link_->closes || link_->refusal) response.connection_close();
    return response;
  }

 public:
  Exchange(restinio::request_handle_t request, std::shared_ptr<HttpLink> link)
      : raw_(std::move(request)),
        link_(std::move(link)),
        request_(request_in(*raw_, link_->peer)) {}
  ~Exchange() override {
    try {
      if (!answered_) send(answer_of({500, "the server has failed to answer"}));
    } catch (const std::exception&) {
      link_->cut();
    }
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] const HttpRequest& request() const override { return request_; }

  void answer(HttpResponse answer) override {
    const bool fits = !answer.text || link_->hold(answer.text->size());
    send(fits ? std::move(answer)
              : answer_of({503, "too many answers wait for slow readers; try again"}));
  }

  void begin(HttpResponse head, std::function<void()> gone) override {
    answered_ = true;
    stream_.emplace(make<restinio::chunked_output_t>(head));
    stream_->connection_close();
    link_->watch_for_end(std::move(gone));
  }

  bool write(std::vector<SharedText> parts, std::function<void(bool)> written) override {
    std::size_t bytes = 0;
    for (const SharedText& part : parts)
      bytes += part->size();
    if (!link_->hold_live(bytes)) return false;
    std::size_t unsent = 0;
    for (const SharedText& part : parts)
      for (std::string_view rest = *part; !rest.empty();) {
        if (unsent >= HttpConnections::piece) {
          stream_->flush([](const asio::error_code&) {});
          unsent = 0;
        }
        const std::string_view piece = rest.substr(0, HttpConnections::piece);
        rest.remove_prefix(piece.size());
        unsent += piece.size();
        stream_->append_chunk(Piece{part, piece});
      }
    // Posted, since RESTinio may call it at once.
    stream_->flush([link = link_, written = std::move(written)](const asio::error_code& error) {
      link->held_live.hold(0);
      asio::post(link->context, [written, ok = !error] { written(ok); });
    });
    return true;
  }

  void end() override {
    if (!stream_) return;
    stream_->done([link = link_](const asio::error_code&) { link->end_request(); });
    stream_.reset();
  }

 private:
  // In pieces, each of which RESTinio writes by itself, within the timeout.
  void send(const HttpResponse& answer) {
    answered_ = true;
    auto response = make<restinio::user_controlled_output_t>(answer);
    std::string_view rest = answer.body();
    response.set_content_length(rest.size());
    if (request_.method == "HEAD") rest = {};
    link_->limit_answer(link_->options->answer_time(rest.size()));
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, HttpConnections::piece);
      rest.remove_prefix(part.size());
      response.append_body(Piece{answer.text, part});
      if (!rest.empty()) response.flush([](const asio::error_code&) {});
    }
    response.done([link = link_](const asio::error_code&) { link->end_request(); });
  }

  restinio::request_handle_t raw_;
  std::shared_ptr<HttpLink> link_;
  HttpRequest request_;
  std::optional<restinio::response_builder_t<restinio::chunked_output_t>> stream_;
  bool answered_ = false;
};

}  // namespace

class HttpConnections::Impl {
 public:
  Impl(asio::io_context& context, const HttpOptions& options,
       std::function<void(HttpExchangePtr)> handle)
      : context_(context), options_(options), handle_(std::move(handle)) {
    constexpr milliseconds longest_check{1000};
    const auto check = std::clamp(options.timeout / 4, milliseconds(1), longest_check);
    auto timers = std::make_shared<restinio::asio_timer_manager_t>(context, check);
    restinio::server_settings_t<Traits> settings;
    // Requests are bounded as a whole (HttpLink::most_bytes): this only bounds how much is kept beside.
    const auto limits = restinio::incoming_http_msg_limits_t()
                            .max_url_size(options.max_request)
                            .max_field_name_size(options.max_request)
                            .max_field_value_size(options.max_request)
                            .max_field_count(most_fields)
                            .max_body_size(options.max_request);
    settings.incoming_http_msg_limits(limits)
        .read_next_http_message_timelimit(options.timeout)
        .write_http_response_timelimit(options.timeout)
        .handle_request_timeout(longest_handling())
        .request_handler(
            [this](const restinio::request_handle_t& request) { return this->handle(request); });
    auto of_connections = std::make_shared<Settings>(settings, parser_calls(), std::move(timers));
    factory_.emplace(std::move(of_connections), settings.socket_options_setter());
  }

  bool take(StreamSocket& socket, const Peer& peer, ConnectionLimit& limit,
            std::optional<HttpRefusal> refusal) {
    auto link = std::make_shared<HttpLink>(context_, memory_);
    auto seat = limit.admit(peer.name, [weak = std::weak_ptr(link)] {
      if (const auto there = weak.lock()) there->cut();
    });
    if (!seat) return false;
    link->seat.emplace(*std::move(seat));
    link->peer = peer;
    link->options = &options_;
    link->refusal = std::move(refusal);
    link->most_bytes = options_.max_request;
    link->find_refusal = refusal_by_parser;
    tcp::socket plain(context_);
    plain.assign(tcp::v4(), socket.release());
    const auto end = peer.address ? tcp::endpoint(*peer.address, 0) : tcp::endpoint();
    auto connection = factory_->create_new_connection(HttpSocket(std::move(plain), link), end,
                                                      Monitor(&limiter_));
    const auto id = connection->connection_id();
    links_.emplace(id, link);
    link->on_close = [this, id] { links_.erase(id); };
    connection->init();
    return true;
  }

  void finish() {
    for (const auto& [id, link] : links_) {
      link->closes = true;
      if (!link->has_request) link->cut();
    }
  }

  void cut() {
    for (const auto& [id, link] : links_)
      link->cut();
  }

  void forget() {
    for (const auto& [id, link] : links_)
      link->on_close = nullptr;
  }

  [[nodiscard]] std::size_t count() const { return links_.size(); }

 private:
  // RESTinio has one time for all: a search, with its turn among others, and the pause between two
  // parts of a live stream.
  [[nodiscard]] milliseconds longest_handling() const {
    return 4 * std::max({options_.query_timeout, options_.heartbeat, options_.timeout});
  }

  restinio::request_handling_status_t handle(const restinio::request_handle_t& request) {
    const auto found = links_.find(request->connection_id());
    if (found == links_.end()) return restinio::request_rejected();
    const auto link = found->second;
    link->begin_request();
    // RESTinio leaves the connection without a timeout.
    if (request->header().connection() == restinio::http_connection_header_t::upgrade) {
      link->watchdog.emplace(context_, options_.timeout * timeouts_for_upgrade);
      link->watchdog->async_wait([weak = std::weak_ptr(link)](asio::error_code error) {
        const auto there = weak.lock();
        if (there && !error) there->cut();
      });
      link->closes = true;
    }
    auto exchange = std::make_shared<Exchange>(request, link);
    // Later: RESTinio reads two requests at a time after an answer that comes at once, and then fails.
    asio::post(context_, [this, link, exchange = std::move(exchange)]() mutable {
      if (link->refusal)
        exchange->answer(answer_of(*link->refusal));
      else
        handle_(std::move(exchange));
    });
    return restinio::request_accepted();
  }

  asio::io_context& context_;
  const HttpOptions options_;
  const std::function<void(HttpExchangePtr)> handle_;
  const std::shared_ptr<HttpMemory> memory_ = std::make_shared<HttpMemory>();
  NoAcceptor no_acceptor_;
  restinio::connection_count_limits::noop_connection_count_limiter_t limiter_{
      &no_acceptor_, restinio::connection_count_limits::max_parallel_connections_t{1},
      restinio::connection_count_limits::max_active_accepts_t{1}};
  std::optional<Factory> factory_;
  std::unordered_map<restinio::connection_id_t, std::shared_ptr<HttpLink>> links_;
};

HttpConnections::HttpConnections(asio::io_context& context, const HttpOptions& options,
                                 std::function<void(HttpExchangePtr)> handle)
    : impl_(std::make_unique<Impl>(context, options, std::move(handle))) {}

HttpConnections::~HttpConnections() { impl_->forget(); }

bool HttpConnections::take(StreamSocket& socket, const Peer& peer, ConnectionLimit& limit,
                           std::optional<HttpRefusal> refusal) {
  return impl_->take(socket, peer, limit, std::move(refusal));
}

void HttpConnections::finish() { impl_->finish(); }
void HttpConnections::cut() { impl_->cut(); }
std::size_t HttpConnections::count() const { return impl_->count(); }

}  // namespace vtp
