#include "tests/bench/load_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>

namespace vtp {
namespace {

constexpr std::size_t read_size = 128 * 1024;  // bytes at once; it is to stay in the cache
constexpr std::size_t large_frame =
    256 * 1024;  // bytes from which moving what has come costs too much
constexpr int backlog = 4096;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port, std::uint32_t host = INADDR_LOOPBACK) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

Descriptor stream_socket() {
  Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) fail("cannot make a socket");
  return fd;
}

}  // namespace

Poll::Poll() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_.get() < 0) fail("cannot make an epoll instance");
}

void Poll::watch(int fd, Watched& owner) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &owner;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("cannot watch a descriptor");
}

void Poll::wait(int milliseconds) {
  std::array<epoll_event, 512> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds);
  if (count < 0 && errno != EINTR) fail("cannot wait for events");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    hung_up_ = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    static_cast<Watched*>(event.data.ptr)->ready();
  }
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

Descriptor listen_on(std::uint16_t port) {
  Descriptor fd = stream_socket();
  const sockaddr_in address = loopback(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), backlog) != 0)
    fail("cannot listen");
  return fd;
}

std::uint16_t port_of(const Descriptor& listening) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("cannot tell the port");
  return ntohs(address.sin_port);
}

Descriptor accept_on(const Descriptor& listening) {
  return Descriptor(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

void append_frame(std::string& out, std::string_view payload) {
  const auto header = frame_header(payload.size());
  out.append(header.begin(), header.end()).append(payload);
}

void FramedSocket::connect(std::uint16_t port, std::optional<std::uint32_t> from) {
  Descriptor fd = stream_socket();
  if (from) {
    const int on = 1;  // the port is chosen when it is known who is at the other end
    ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in own = loopback(0, *from);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
      fail("cannot have the address");
  }
  const sockaddr_in address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS)
    fail("cannot connect");
  adopt(std::move(fd));
  if (poll_.tls()) tls_ = poll_.tls()->connect(fd_.get(), "127.0.0.1", port);
}

void FramedSocket::adopt(Descriptor connected) {
  close();
  fd_ = std::move(connected);
  poll_.watch(fd_.get(), owner_);
}

void FramedSocket::close() {
  if (tls_) tls_->close();
  tls_.reset();
  shaken_ = false;
  fd_ = Descriptor();
  partial_.clear();
  large_.clear();
  pending_.clear();
  taken_ = 0;
}

void FramedSocket::abort() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void FramedSocket::no_delay() {
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// False if the handshake has not ended, or will not.
bool FramedSocket::shake() {
  if (!shaken_) shaken_ = tls_->handshake() == TlsStep::done;
  return shaken_;
}

std::size_t FramedSocket::give(std::string_view bytes) {
  if (tls_) {
    std::size_t given = 0;
    while (given < bytes.size() && shake()) {
      const auto moved = tls_->write(bytes.substr(given));
      if (moved.step != TlsStep::done) break;
      given += moved.count;
    }
    return given;
  }
  const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void FramedSocket::send(std::string_view frames) {
  pending_.append(pending_.empty() ? frames.substr(give(frames)) : frames);
}

void FramedSocket::flush() {
  if (pending_.empty()) return;
  taken_ += give(std::string_view(pending_).substr(taken_));
  if (taken_ < pending_.size()) return;
  pending_.clear();
  taken_ = 0;
}

ssize_t FramedSocket::receive(char* room, std::size_t size) {
  if (!tls_) return ::recv(fd_.get(), room, size, 0);
  errno = EAGAIN;
  if (!shake()) return tls_->problem().empty() && !poll_.hung_up() ? -1 : 0;
  const auto moved = tls_->read({room, size});
  errno = EAGAIN;
  if (moved.step == TlsStep::done) return static_cast<ssize_t>(moved.count);
  return moved.step == TlsStep::closed || moved.step == TlsStep::failed ? 0 : -1;
}

FramedSocket::Read FramedSocket::read_some(std::string& room, std::size_t& filled) {
  const std::size_t wanted =
      partial_.size() < frame_header_size ? 0 : size_in(partial_.data()) + frame_header_size;
  const std::size_t size = std::max(wanted, partial_.size()) + read_size;
  if (room.size() < size) room.resize(size);
  std::memcpy(room.data(), partial_.data(), partial_.size());
  filled = partial_.size();
  const ssize_t count = receive(room.data() + filled, room.size() - filled);
  if (count == 0) return Read::end;
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Read::all : Read::end;
  filled += static_cast<std::size_t>(count);
  // What is less than there was room for was all: more makes the descriptor ready anew. TLS has read
  // more than it gave.
  return filled < room.size() && !poll_.hung_up() && !tls_ ? Read::all : Read::some;
}

void FramedSocket::begin_large() {
  if (partial_.size() < frame_header_size) return;
  const std::size_t size = size_in(partial_.data()) + frame_header_size;
  if (size < large_frame) return;
  large_filled_ = partial_.size();
  large_.swap(partial_);
  large_.resize(size);
}

FramedSocket::Read FramedSocket::read_large() {
  const ssize_t count = receive(large_.data() + large_filled_, large_.size() - large_filled_);
  if (count == 0) return Read::end;
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Read::all : Read::end;
  large_filled_ += static_cast<std::size_t>(count);
  return Read::some;
}

std::size_t FramedSocket::size_in(const char* header) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < frame_header_size; ++i)
    size = size << 8 | static_cast<unsigned char>(header[i]);
  return size;
}

}  // namespace vtp
