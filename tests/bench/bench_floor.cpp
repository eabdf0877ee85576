// The least that a broker can do, for our own to be held against: it takes an event, acknowledges it,
// and copies it to every subscriber, without a look at what it is. With --durable it first writes what
// it has taken to a file, and has that put on disk, once for all that came together. One thread;
// load_socket.h.
// Prints submit=PORT broadcast=PORT when it listens, and runs until it is killed.
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <iterator>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/base/clock.h"
#include "lib/base/descriptor.h"
#include "lib/base/text.h"
#include "lib/cli/options.h"
#include "lib/vtp/transport.h"
#include "tests/bench/load_socket.h"

namespace vtp {
namespace {

const Program program{
    "bench_floor",
    "do the least that a broker can do",
    "",
    {{"durable", "FILE", "nothing is acknowledged or copied before it is on disk, in this file",
      ""},
     {"keep", "", "an author's connection stays open for the next event", ""},
     {"upstream", "PORT", "subscribe to the broker at this port of 127.0.0.1", ""}}};

std::string message(TransportRole role) {
  Transport says;
  says.role = role;
  says.origin = "ivo://example.org/floor";
  std::string out;
  append_frame(out, to_xml(says, Clock().now()));
  return out;
}

enum Kind : std::size_t { author, subscriber, upstream, kinds };

class Floor {
 public:
  Floor(Descriptor file, bool keep) : file_(std::move(file)), keep_(keep) {}

  [[nodiscard]] std::string ports() const {
    return fmt::format("submit={} broadcast={}", authors_.port(), subscribers_.port());
  }
  void subscribe_to(std::uint16_t port) {
    Peer& peer = add(upstream);
    peer.socket.connect(port);
    greet(peer);
  }
  [[noreturn]] void run() {
    while (true) {
      poll_.wait(-1);
      pass_on();
    }
  }

 private:
  struct Peer final : Watched {
    Peer(Floor& its_floor, Kind its_kind)
        : floor(its_floor), kind(its_kind), socket(floor.poll_, *this) {}
    void ready() override { floor.hear(*this); }

    Floor& floor;
    Kind kind;
    FramedSocket socket;
    std::list<Peer>::iterator self;
    std::size_t unanswered = 0;  // events
    bool greeted = false;        // by the broker upstream
    bool over = false;
  };

  class Door final : public Watched {
   public:
    Door(Floor& floor, Kind kind) : floor_(floor), kind_(kind), listening_(listen_on(0)) {
      floor.poll_.watch(listening_.get(), *this);
    }
    [[nodiscard]] std::uint16_t port() const { return port_of(listening_); }
    void ready() override {
      for (Descriptor one = accept_on(listening_); one.get() >= 0; one = accept_on(listening_)) {
        Peer& peer = floor_.add(kind_);
        peer.socket.adopt(std::move(one));
        if (kind_ == subscriber) floor_.greet(peer);
      }
    }

   private:
    Floor& floor_;
    Kind kind_;
    Descriptor listening_;
  };

  Peer& add(Kind kind) {
    std::list<Peer>& peers = peers_[kind];
    Peer& peer = peers.emplace_back(*this, kind);
    peer.self = std::prev(peers.end());
    return peer;
  }

  void greet(Peer& peer) {
    peer.socket.no_delay();
    peer.socket.send(greeting_);
  }

  void hear(Peer& peer) {
    peer.socket.flush();
    peer.over = !peer.socket.read([&](std::string_view payload) {
      if (peer.kind == subscriber || (peer.kind == upstream && !std::exchange(peer.greeted, true)))
        return;
      append_frame(batch_, payload);
      if (peer.unanswered++ == 0) waiting_.push_back(&peer);
    });
    if (peer.over && peer.unanswered == 0) peers_[peer.kind].erase(peer.self);
  }

  // What has come since the last time: onto the disk, to its authors as acks, and to the subscribers.
  void pass_on() {
    if (batch_.empty()) return;
    if (file_.get() >= 0 && (write_all(file_.get(), batch_) != 0 || ::fdatasync(file_.get()) != 0))
      throw std::runtime_error("cannot write the file");
    for (Peer* peer : waiting_) {
      std::string acks;
      for (; peer->unanswered > 0; --peer->unanswered)
        acks.append(ack_);
      peer->socket.send(acks);
      if (peer->over || (peer->kind == author && !keep_)) peers_[peer->kind].erase(peer->self);
    }
    waiting_.clear();
    for (Peer& peer : peers_[subscriber])
      peer.socket.send(batch_);
    batch_.clear();
  }

  Poll poll_;
  Door authors_{*this, author};
  Door subscribers_{*this, subscriber};
  Descriptor file_;
  bool keep_;
  const std::string greeting_ = message(TransportRole::authenticate);
  const std::string ack_ = message(TransportRole::ack);
  std::array<std::list<Peer>, kinds> peers_;
  std::string batch_;  // events as frames
  std::vector<Peer*> waiting_;
};

int run(const CommandLine& line) {
  (void)raise_descriptor_limit();
  Descriptor file;
  if (const auto path = line.text("durable")) {
    file = Descriptor(
        ::open(path->c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0644));
    if (file.get() < 0) throw std::runtime_error("cannot open " + *path);
  }
  Floor floor(std::move(file), line.has("keep"));
  if (line.has("upstream"))
    floor.subscribe_to(line.value("upstream", parse_port, std::uint16_t{0}));
  fmt::print("{}\n", floor.ports());
  std::fflush(stdout);
  floor.run();
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
