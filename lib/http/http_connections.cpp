#include "lib/http/http_connections.h"

#include <algorithm>
#include <chrono>
#include <restinio/http_server.hpp>
#include <string>
#include <sys/socket.h>
#include <unordered_map>
#include <utility>

#include <asio/bind_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/net/budget.h"

namespace vtp {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;

// How long a refused peer may take to read why, and how much of what it still sends is dropped.
constexpr std::chrono::seconds linger_time{1};
constexpr std::size_t linger_bytes = 1024 * 1024;
constexpr std::size_t most_fields = 100;
constexpr int timeouts_for_upgrade = 4;

class HttpSocket;

// What we know of a connection beside RESTinio, which owns the socket.
struct Link : std::enable_shared_from_this<Link> {
  Link(asio::io_context& its_context, MemoryBudget& budget) : context(its_context), held(&budget) {}

  void begin_request();
  void end_request();
  void reading(std::size_t bytes);
  void cut() const;
  void watch_for_end(std::function<void()> on_end);
  void refuse(HttpSocket& its_socket);
  [[nodiscard]] std::optional<HttpRefusal> refusal_at_end() const;

  asio::io_context& context;
  HttpSocket* socket = nullptr;  // nullptr: closed
  Peer peer{};
  std::optional<HttpRefusal> refusal{};  // of all requests
  std::optional<ConnectionLimit::Seat> seat{};
  MemoryBudget::Holder held;   // the answer under way
  std::size_t most_bytes = 0;  // of a request
  std::size_t unanswered = 0;  // bytes of a request that is not complete
  bool has_request = false;    // complete, and its answer is not all sent
  bool is_reading = false;     // RESTinio is looking at what was read
  bool has_ended = false;      // the peer has sent all, or the connection has failed
  bool closes = false;         // no request after this one
  bool lingers = false;        // a refusal was sent
  std::function<void()> on_close{};
  std::optional<asio::steady_timer> watchdog{};
};

// Reads and writes as the TCP socket that it is, or that a unix socket passes for; but counts what
// it reads, and tells a peer that is turned away why.
class HttpSocket : public tcp::socket {
 public:
  HttpSocket(tcp::socket socket, std::shared_ptr<Link> link)
      : tcp::socket(std::move(socket)), link_(std::move(link)) {
    link_->socket = this;
  }
  HttpSocket(HttpSocket&& other) noexcept
      : tcp::socket(std::move(static_cast<tcp::socket&>(other))), link_(std::move(other.link_)) {
    if (link_) link_->socket = this;
  }
  HttpSocket& operator=(HttpSocket&&) = delete;

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler handler) {
    const auto executor = asio::get_associated_executor(handler, get_executor());
    auto read = [link = link_, handler = std::move(handler)](asio::error_code error,
                                                             std::size_t bytes) mutable {
      if (!error) link->reading(bytes);
      if (!error && link->unanswered > link->most_bytes) error = asio::error::message_size;
      link->has_ended = link->has_ended || (error && error != asio::error::message_size);
      link->is_reading = true;
      handler(error, bytes);
      link->is_reading = false;
    };
    tcp::socket::async_read_some(buffers, asio::bind_executor(executor, std::move(read)));
  }

  // RESTinio calls these two, in this order, when a connection is to end.
  void shutdown(shutdown_type what, asio::error_code& error) {
    if (link_->refusal_at_end()) {
      link_->refuse(*this);
      what = shutdown_send;
    }
    tcp::socket::shutdown(what, error);
  }
  void close();

 private:
  std::shared_ptr<Link> link_;
};

std::string whole_text(const HttpRefusal& refusal) {
  const HttpResponse answer = answer_of(refusal);
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
      answer.status, reason_phrase(answer.status), answer.type, answer.body().size());
  for (const auto* fields : {&common_fields(), &answer.fields})
    for (const auto& [name, value] : *fields)
      text += fmt::format("{}: {}\r\n", name, value);
  return text + "\r\n" + std::string(answer.body());
}

void Link::begin_request() {
  unanswered = 0;
  has_request = true;
  if (seat) seat->busy();
}

void Link::end_request() {
  has_request = false;
  held.hold(0);
  if (seat) seat->idle();
  if (closes) cut();
}

void Link::reading(std::size_t bytes) { unanswered += bytes; }

// RESTinio finds that out.
void Link::cut() const {
  if (socket && socket->is_open()) ::shutdown(socket->native_handle(), SHUT_RDWR);
}

// RESTinio does not read meanwhile. What the peer sends in addition stays where it is.
void Link::watch_for_end(std::function<void()> on_end) {
  if (!socket || !socket->is_open()) return asio::post(context, std::move(on_end));
  const auto look = [self = weak_from_this(), on_end = std::move(on_end)](asio::error_code error) {
    const auto link = self.lock();
    if (!link || error == asio::error::operation_aborted) return;
    char byte = 0;
    if (!error && link->socket && link->socket->is_open() &&
        ::recv(link->socket->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
      return;
    on_end();
  };
  socket->async_wait(tcp::socket::wait_read, look);
}

// Why RESTinio ends the connection amid a request, if that is the reason.
std::optional<HttpRefusal> Link::refusal_at_end() const {
  if (unanswered == 0 || has_request || has_ended) return std::nullopt;
  if (unanswered > most_bytes)
    return HttpRefusal{
        431, fmt::format("a request has at most {} bytes (--http-max-request)", most_bytes)};
  if (is_reading) return HttpRefusal{400, "this is not a request of HTTP/1.1"};
  return HttpRefusal{408, "the request did not come in time (--http-timeout)"};
}

void Link::refuse(HttpSocket& its_socket) {
  const std::string text = whole_text(*refusal_at_end());
  lingers =
      ::send(its_socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

// The system drops what it has not sent yet if a socket is closed while there is something to read.
asio::awaitable<void> drain(tcp::socket socket, std::shared_ptr<Link> link) {
  const auto handle = std::make_shared<tcp::socket>(std::move(socket));
  asio::steady_timer end(link->context, linger_time);
  end.async_wait([handle](asio::error_code error) {
    if (!error) handle->close(error);
  });
  std::string dropped(4096, '\0');
  std::size_t bytes = 0;
  asio::error_code error;
  while (!error && bytes < linger_bytes)
    bytes += co_await handle->async_read_some(asio::buffer(dropped),
                                              asio::redirect_error(asio::use_awaitable, error));
}

void HttpSocket::close() {
  const auto link = link_;
  if (!link || !link->socket) return;
  asio::error_code ignored;
  if (link->lingers) {
    cancel(ignored);
    asio::co_spawn(link->context, drain(std::move(static_cast<tcp::socket&>(*this)), link),
                   asio::detached);
  } else {
    tcp::socket::close(ignored);
    link->seat.reset();
  }
  link->socket = nullptr;
  link->watchdog.reset();
  if (link->on_close) std::exchange(link->on_close, {})();
}

struct Traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                                   restinio::details::autodetect_request_handler_type,
                                   restinio::noop_strand_t, HttpSocket> {};

using Settings = restinio::impl::connection_settings_t<Traits>;
using Factory = restinio::impl::connection_factory_t<Traits>;
using Monitor = restinio::connection_count_limits::connection_lifetime_monitor_t<
    restinio::connection_count_limits::noop_connection_count_limiter_t>;

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
  Exchange(restinio::request_handle_t request, std::shared_ptr<Link> link)
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
    const bool fits = !answer.text || link_->held.try_hold(answer.text->size());
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
    if (!link_->held.try_hold(bytes)) return false;
    for (SharedText& part : parts)
      stream_->append_chunk(Piece{part, *part});
    // Posted, since RESTinio may call it at once.
    stream_->flush([link = link_, written = std::move(written)](const asio::error_code& error) {
      link->held.hold(0);
      asio::post(link->context, [written, ok = !error] { written(ok); });
    });
    return true;
  }

  void end() override {
    if (stream_) std::exchange(stream_, std::nullopt)->done();
    link_->end_request();
  }

 private:
  // In pieces, each of which RESTinio writes by itself, within the timeout.
  void send(const HttpResponse& answer) {
    answered_ = true;
    auto response = make<restinio::user_controlled_output_t>(answer);
    std::string_view rest = answer.body();
    response.set_content_length(rest.size());
    if (request_.method == "HEAD") rest = {};
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, HttpConnections::piece);
      rest.remove_prefix(part.size());
      response.append_body(Piece{answer.text, part});
      if (!rest.empty()) response.flush([](const asio::error_code&) {});
    }
    response.done([link = link_](const asio::error_code&) { link->end_request(); });
  }

  restinio::request_handle_t raw_;
  std::shared_ptr<Link> link_;
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
    // Requests are bounded as a whole (Link::most_bytes): this only bounds how much is kept beside.
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
    auto of_connections = std::make_shared<Settings>(
        settings, restinio::impl::create_parser_settings<Traits::http_methods_mapper_t>(),
        std::move(timers));
    factory_.emplace(std::move(of_connections), settings.socket_options_setter());
  }

  bool take(StreamSocket socket, const Peer& peer, ConnectionLimit& limit,
            std::optional<HttpRefusal> refusal) {
    auto link = std::make_shared<Link>(context_, memory_);
    auto seat = limit.admit(peer.name, [weak = std::weak_ptr(link)] {
      if (const auto there = weak.lock()) there->cut();
    });
    if (!seat) return false;
    link->seat.emplace(*std::move(seat));
    link->peer = peer;
    link->refusal = std::move(refusal);
    link->most_bytes = options_.max_request;
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
  MemoryBudget memory_{most_waiting};
  NoAcceptor no_acceptor_;
  restinio::connection_count_limits::noop_connection_count_limiter_t limiter_{
      &no_acceptor_, restinio::connection_count_limits::max_parallel_connections_t{1},
      restinio::connection_count_limits::max_active_accepts_t{1}};
  std::optional<Factory> factory_;
  std::unordered_map<restinio::connection_id_t, std::shared_ptr<Link>> links_;
};

HttpConnections::HttpConnections(asio::io_context& context, const HttpOptions& options,
                                 std::function<void(HttpExchangePtr)> handle)
    : impl_(std::make_unique<Impl>(context, options, std::move(handle))) {}

HttpConnections::~HttpConnections() { impl_->forget(); }

bool HttpConnections::take(StreamSocket socket, const Peer& peer, ConnectionLimit& limit,
                           std::optional<HttpRefusal> refusal) {
  return impl_->take(std::move(socket), peer, limit, std::move(refusal));
}

void HttpConnections::finish() { impl_->finish(); }
void HttpConnections::cut() { impl_->cut(); }
std::size_t HttpConnections::count() const { return impl_->count(); }

}  // namespace vtp
