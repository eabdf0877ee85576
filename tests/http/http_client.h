// A client that sends over HTTP exactly what a test wants, and a server for it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

#include "lib/http/http_server.h"
#include "lib/voevent/check.h"
#include "tests/support/loopback.h"
#include "tests/support/opened_log.h"
#include "tests/support/sample_events.h"

namespace vtp {

struct Response {
  int status = 0;  // 0: the server closed without an answer
  std::string head;
  std::string body;

  [[nodiscard]] bool has(std::string_view text) const {
    return head.find(text) != std::string::npos;
  }
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : peer_(RawPeer::connect(port)) {}
  explicit HttpClient(RawPeer peer) : peer_(std::move(peer)) {}

  [[nodiscard]] RawPeer& peer() { return peer_; }

  // fields: whole lines, each with its end.
  Response get(std::string_view target, std::string_view fields = "Host: localhost\r\n",
               std::string_view method = "GET") {
    send(target, fields, method);
    return response(method != "HEAD");
  }
  void send(std::string_view target, std::string_view fields = "Host: localhost\r\n",
            std::string_view method = "GET") {
    peer_.send(std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n" +
               std::string(fields) + "\r\n");
  }

  Response response(bool has_body = true) {
    Response out;
    const auto head = until("\r\n\r\n");
    if (!head) return out;
    out.head = *head;
    out.status = std::stoi(out.head.substr(out.head.find(' ')));
    const std::size_t field = out.head.find("Content-Length: ");
    if (!has_body || field == std::string::npos || out.status == 304) return out;
    const std::size_t length = std::stoul(out.head.substr(field + 16));
    while (read_.size() < length && more()) {
    }
    out.body = read_.substr(0, length);
    read_.erase(0, length);
    return out;
  }

  // The next event of a live stream, or the next comment, without the empty line; nothing at the end.
  std::optional<std::string> next_event() {
    while (true) {
      const std::size_t end = events_.find("\n\n");
      if (end != std::string::npos) {
        std::string event = events_.substr(0, end);
        events_.erase(0, end + 2);
        return event;
      }
      const auto size = until("\r\n");
      if (!size) return std::nullopt;
      const std::size_t length = std::stoul(*size, nullptr, 16);
      while (read_.size() < length + 2)
        if (!more()) return std::nullopt;
      events_ += read_.substr(0, length);
      read_.erase(0, length + 2);
      if (length == 0) return std::nullopt;
    }
  }

  // The server closes, whatever it sends before.
  bool is_closed() {
    while (more()) {
    }
    return ended_;
  }

 private:
  std::optional<std::string> until(std::string_view mark) {
    std::size_t end = 0;
    while ((end = read_.find(mark)) == std::string::npos)
      if (!more()) return std::nullopt;
    std::string text = read_.substr(0, end + mark.size());
    read_.erase(0, end + mark.size());
    return text;
  }
  bool more() {
    char bytes[16384];
    const ssize_t got = ::recv(peer_.fd(), bytes, sizeof bytes, 0);
    ended_ = got == 0 || (got < 0 && errno == ECONNRESET);
    if (got > 0) read_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  RawPeer peer_;
  std::string read_;
  std::string events_;
  bool ended_ = false;
};

inline HttpClient unix_client(const std::filesystem::path& path) {
  RawPeer peer(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un end{};
  end.sun_family = AF_UNIX;
  path.string().copy(end.sun_path, sizeof end.sun_path - 1);
  if (::connect(peer.fd(), reinterpret_cast<const sockaddr*>(&end), sizeof end) != 0)
    throw std::runtime_error("not connected to " + path.string());
  return HttpClient(std::move(peer));
}

// A server at a free port, and its log.
class ServedHttp {
 public:
  explicit ServedHttp(HttpOptions options = {}, BrokerStatus status = ready(),
                      CheckSignature check_signature = {}) {
    if (options.endpoints.empty()) options.endpoints.push_back(TcpEndpoint{"127.0.0.1", 0});
    server_.emplace(std::move(options), log.clock, log.diagnostics);
    server_->start(
        *log.events, [status = std::move(status)] { return status; }, std::move(check_signature));
  }

  static BrokerStatus ready() {
    BrokerStatus status;
    status.version = "1.0.0";
    status.listening = true;
    return status;
  }

  [[nodiscard]] std::uint16_t port() const { return port_in(server_->endpoints().front()); }
  [[nodiscard]] HttpClient client() const { return HttpClient(port()); }
  [[nodiscard]] HttpServer& server() { return *server_; }

  // Returns its digest.
  std::string append(const std::string& bytes) {
    Checker checker;
    Event event{bytes, digest_of(bytes), checker.check(bytes).headline};
    const std::string digest = event.digest.hex();
    const auto stored = run_to_end(
        log.context,
        log.events->append(std::make_shared<const Event>(std::move(event)), "elsewhere"));
    if (stored != Stored::first) throw std::runtime_error("not stored");
    return digest;
  }

  OpenedLog log;

 private:
  std::optional<HttpServer> server_;  // before the log
};

}  // namespace vtp
