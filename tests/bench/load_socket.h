// What programs that put a load on a broker stand on: one thread, epoll, and TCP connections on this
// machine as frames in and out. Straight to the system's calls: the load shares the processor with
// the broker that it measures, and Asio would cost it more than most events cost the broker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/descriptor.h"
#include "lib/tls/client.h"
#include "lib/vtp/frame.h"

namespace vtp {

// What waits for its descriptor.
class Watched {
 public:
  Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  virtual ~Watched() = default;

  // Something can be read or written, or went wrong. It is told once of what is there, and again only
  // when there is more: so it reads all, and writes until the system takes no more.
  virtual void ready() = 0;
};

// All that one thread waits for.
class Poll {
 public:
  Poll();

  // Until the descriptor is closed. Not to be told of a descriptor, its owner closes it before it goes.
  void watch(int fd, Watched& owner);
  // Tells those that are ready, after waiting so many ms for one; -1: for as long as it takes.
  void wait(int milliseconds);
  // Whether the peer of the one that is being told has closed, or its connection failed: behind what can
  // be read there is the end, of which it is not told again.
  [[nodiscard]] bool hung_up() const { return hung_up_; }
  // Room to read into that all connections share, so that it stays in the processor's cache.
  [[nodiscard]] std::string& room() { return room_; }

  // All sockets that connect from here on do so by TLS, as this client; nullptr: by TCP alone.
  void use(std::shared_ptr<const TlsClient> tls) { tls_ = std::move(tls); }
  [[nodiscard]] const std::shared_ptr<const TlsClient>& tls() const { return tls_; }

 private:
  Descriptor epoll_;
  std::shared_ptr<const TlsClient> tls_;
  std::string room_;
  bool hung_up_ = false;
};

// Raises the number of descriptors that this process may have as far as it goes, and returns it.
std::size_t raise_descriptor_limit();

// A listening socket on a port of 127.0.0.1; 0: any that is free. Throws if that cannot be.
Descriptor listen_on(std::uint16_t port);
std::uint16_t port_of(const Descriptor& listening);
// The next connection that waits; none: there is none.
Descriptor accept_on(const Descriptor& listening);

// The payload as it goes over the wire, appended to `out`.
void append_frame(std::string& out, std::string_view payload);

class FramedSocket {
 public:
  FramedSocket(Poll& poll, Watched& owner) : poll_(poll), owner_(owner) {}

  // Begins to connect to a port of 127.0.0.1, from that address of this machine, if there is one (127.0.0.2
  // as 0x7f000002); what is sent meanwhile goes out then. What becomes of it, read() says. Throws if there
  // is no descriptor or port for it.
  void connect(std::uint16_t port, std::optional<std::uint32_t> from = std::nullopt);
  void adopt(Descriptor connected);
  void close();
  // Closes with a reset, which throws away what is under way, and leaves the port free at once.
  void abort();
  [[nodiscard]] bool is_open() const { return fd_.get() >= 0; }

  // What is sent does not wait until the peer has what was sent before. For who sends often and hears
  // little; an author need not pay for it.
  void no_delay();

  // Gives the system as much as it takes now, and keeps the rest. An error shows in read().
  void send(std::string_view frames);
  // Goes on with the rest; to be called when ready.
  void flush();
  [[nodiscard]] std::size_t unsent() const { return pending_.size() - taken_; }

  // Calls take(payload) for every frame that has come whole; a payload lives as long as that call, and
  // the socket is not to be closed in it. False once the peer has closed or the connection failed.
  template <class Take>
  [[nodiscard]] bool read(const Take& take);

 private:
  enum class Read { some, all, end };
  // As recv(2); by TLS, too.
  [[nodiscard]] ssize_t receive(char* room, std::size_t size);
  [[nodiscard]] bool shake();
  [[nodiscard]] std::size_t give(std::string_view bytes);
  Read read_some(std::string& room, std::size_t& filled);
  void begin_large();
  Read read_large();
  [[nodiscard]] static std::size_t size_in(const char* header);

  Poll& poll_;
  Watched& owner_;
  Descriptor fd_;
  std::unique_ptr<TlsStream> tls_;  // nullptr: TCP alone
  bool shaken_ = false;             // its handshake is done
  std::string partial_;             // of a frame that has not come whole
  std::string large_;  // a large frame, which is read where it is; empty: none is under way
  std::size_t large_filled_ = 0;
  std::string pending_;
  std::size_t taken_ = 0;  // of that, by the system
};

template <class Take>
bool FramedSocket::read(const Take& take) {
  Read outcome = Read::some;
  while (outcome == Read::some) {
    if (!large_.empty()) {
      outcome = read_large();
      if (large_filled_ < large_.size()) continue;
      take(std::string_view(large_).substr(frame_header_size));
      large_.clear();
      continue;
    }
    std::string& room = poll_.room();
    std::size_t filled = 0;
    outcome = read_some(room, filled);
    std::size_t begin = 0;
    while (filled - begin >= frame_header_size) {
      const std::size_t size = size_in(room.data() + begin);
      if (filled - begin - frame_header_size < size) break;
      take(std::string_view(room).substr(begin + frame_header_size, size));
      begin += frame_header_size + size;
    }
    partial_.assign(room, begin, filled - begin);
    begin_large();
  }
  return outcome != Read::end;
}

}  // namespace vtp
