#include "lib/http/http_link.h"

#include <chrono>
#include <string>
#include <sys/socket.h>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace vtp {
namespace {

using asio::ip::tcp;

// How long a refused peer may take to read why, and how much of what it still sends is dropped.
constexpr std::chrono::seconds linger_time{1};
constexpr std::size_t linger_bytes = 1024 * 1024;

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

// The system drops what it has not sent yet if a socket is closed while there is something to read.
asio::awaitable<void> drain(tcp::socket socket, std::shared_ptr<HttpLink> link) {
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

bool hold_in(const MemoryBudget& budget, MemoryBudget::Holder& holder, std::size_t bytes) {
  if (holder.try_hold(bytes)) return true;
  if (bytes > MemoryBudget::small && budget.used() > 0) return false;
  holder.hold(bytes);
  return true;
}

}  // namespace

thread_local HttpLink* HttpLink::reading = nullptr;

void HttpLink::begin_request() {
  unanswered = 0;
  has_request = true;
  if (seat) seat->busy();
}

void HttpLink::end_request() {
  has_request = false;
  held.hold(0);
  held_large.hold(0);
  held_live.hold(0);
  answer_end.reset();
  if (seat) seat->idle();
  if (closes) cut();
}

bool HttpLink::hold(std::size_t bytes) {
  return bytes > HttpMemory::large_answer ? hold_in(memory->large_answers, held_large, bytes)
                                          : hold_in(memory->answers, held, bytes);
}

bool HttpLink::hold_live(std::size_t bytes) { return hold_in(memory->live, held_live, bytes); }

void HttpLink::limit_answer(std::chrono::milliseconds time) {
  answer_end.emplace(context, time);
  answer_end->async_wait([weak = weak_from_this()](asio::error_code error) {
    const auto there = weak.lock();
    if (there && !error) there->cut();
  });
}

void HttpLink::cut() const {
  if (socket && socket->is_open()) ::shutdown(socket->native_handle(), SHUT_RDWR);
}

void HttpLink::watch_for_end(std::function<void()> on_end) {
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

std::optional<HttpRefusal> HttpLink::refusal_at_end() const {
  if (unanswered == 0 || has_request || has_ended) return std::nullopt;
  if (is_reading && find_refusal)
    if (auto found = find_refusal(*this)) return found;
  if (unanswered > most_bytes)
    return HttpRefusal{
        431, fmt::format("a request has at most {} bytes (--http-max-request)", most_bytes)};
  if (is_reading) return HttpRefusal{400, "this is not a request of HTTP/1.1"};
  return HttpRefusal{408, "the request did not come in time (--http-timeout)"};
}

void HttpSocket::refuse(const HttpRefusal& refusal) {
  const std::string text = whole_text(refusal);
  link_->lingers =
      ::send(native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
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
  link->answer_end.reset();
  if (link->on_close) std::exchange(link->on_close, {})();
}

}  // namespace vtp
