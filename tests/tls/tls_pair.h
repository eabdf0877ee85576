// The two ends of TLS on a pair of sockets, for tests.
#pragma once

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/tls/client.h"
#include "lib/tls/server.h"

namespace vtp {

class TlsPair {
 public:
  TlsPair(const TlsServer& at, const TlsClient& from, const std::string& host = "localhost") {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()) != 0)
      throw std::runtime_error("no pair of sockets");
    server = at.accept(ends_[0]);
    client = from.connect(ends_[1], host, 8098);
  }
  ~TlsPair() {
    server.reset();
    client.reset();
    for (const int end : ends_)
      ::close(end);
  }
  TlsPair(const TlsPair&) = delete;
  TlsPair& operator=(const TlsPair&) = delete;

  // Both are done with the handshake, and the client has what the server sends after it.
  bool shake() {
    TlsStep ours = TlsStep::wants_read;
    TlsStep theirs = TlsStep::wants_read;
    const auto goes_on = [](TlsStep step) {
      return step == TlsStep::wants_read || step == TlsStep::wants_write;
    };
    for (int i = 0; i < 100 && (goes_on(ours) || goes_on(theirs)); ++i) {
      if (goes_on(theirs)) theirs = client->handshake();
      if (goes_on(ours)) ours = server->handshake();
    }
    return ours == TlsStep::done && theirs == TlsStep::done && pass("greeting") == "greeting";
  }

  // From the server to the client.
  std::string pass(const std::string& bytes) {
    static_cast<void>(server->write(bytes));
    std::array<char, 100> room{};
    const auto moved = client->read(room);
    return moved.step == TlsStep::done ? std::string(room.data(), moved.count) : "nothing";
  }

  std::unique_ptr<TlsStream> server;
  std::unique_ptr<TlsStream> client;

 private:
  std::array<int, 2> ends_{};
};

}  // namespace vtp
