// One side of a broker, served on loopback in its own thread.
#pragma once

#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>

#include "lib/net/listen.h"
#include "lib/net/worker.h"
#include "lib/peers/admission.h"
#include "lib/peers/peer_file.h"
#include "lib/store/event_log.h"
#include "lib/stream/source.h"
#include "lib/voevent/check.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {

class Receiver;

// Side: Receiver or Broadcaster; Options: its options.
template <class Side, class Options>
class Served {
 public:
  explicit Served(Options options, Level level = Level::warning)
      : diagnostics_{"test", LineStyle::tool, level, clock_, log_fd_},
        events_(path(), Keep{}, clock_, diagnostics_),
        listener_(
            std::move(Listener::bind(context_.get_executor(), TcpEndpoint{"127.0.0.1", 0})[0])),
        side_(context_.get_executor(), std::move(options), worker_, events_, clock_, diagnostics_,
              peer_diagnostics_) {
    listener_->open();
    const auto welcome = [this](std::shared_ptr<WatchedSocket> socket, const Peer& peer) {
      asio::co_spawn(context_, session(std::move(socket), peer), asio::detached);
    };
    asio::co_spawn(context_, listener_->serve(loopback_ranges(), diagnostics_, welcome),
                   asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Served() {
    finish(std::chrono::milliseconds(0));
    worker_.stop();
    ::close(log_fd_);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  // Stops as a broker does; returns when all sessions have ended.
  void finish(std::chrono::milliseconds timeout) {
    if (!thread_.joinable()) return;
    asio::post(context_, [this, timeout] {
      listener_->close();
      asio::co_spawn(context_, side_.finish(std::chrono::steady_clock::now() + timeout),
                     asio::detached);
    });
    thread_.join();
  }

  RawPeer connect() { return RawPeer::connect(port_in(listener_->endpoint())); }

  // Appends an event to the log, as if from another source.
  Stored append(const std::string& bytes) {
    Checker checker;
    auto event = std::make_shared<const Event>(
        Event{bytes, digest_of(bytes), checker.check(bytes).headline});
    return asio::co_spawn(context_, events_.append(std::move(event), "elsewhere"), asio::use_future)
        .get();
  }

  // From now on only these peers are admitted (peer_file.h), also of those that are connected.
  void admit_only(const std::string& peers_file) {
    asio::post(context_, [this, file = parse_peers(peers_file, "peers")]() mutable {
      const PeerListPtr before = peers_ ? peers_->peers() : nullptr;
      auto list = std::make_shared<const PeerList>(std::move(file.peers), before.get());
      if (!peers_) peers_.emplace(list);
      peers_->replace(std::move(list));
      side_.renew_admissions();
    });
  }

  // Calls it on the thread that serves.
  void call(std::function<void()> function) { asio::post(context_, std::move(function)); }

  // As EventLog::append_through. Call it before anybody connects.
  void append_through(Appender& appender) { events_.append_through(appender); }

  // Only what any thread may use, unless within call().
  [[nodiscard]] const Side& served() const { return side_; }

  [[nodiscard]] TestClock& clock() { return clock_; }
  [[nodiscard]] std::string path() const { return folder_.file("events.db"); }
  [[nodiscard]] std::uint64_t stored() const { return Store(path()).size(); }

  // Waits for a line with this text in the diagnostics; false after a timeout.
  [[nodiscard]] bool logs(const std::string& text) const {
    return becomes_true([&] { return logged().find(text) != std::string::npos; });
  }

  // The diagnostics so far: warnings and errors, or from the given level.
  [[nodiscard]] std::string logged() const {
    return read_file(folder_.file("log"), 1'000'000).value();
  }

 private:
  asio::awaitable<void> session(std::shared_ptr<WatchedSocket> socket, Peer peer) {
    if (!peers_) co_return co_await side_.session(std::move(socket), std::move(peer));
    auto decision = peers_->admit(peer, side);
    if (const auto* refused = std::get_if<NotAdmitted>(&decision))
      co_return co_await side_.turn_away(std::move(socket), std::move(peer), refused->reason, {});
    auto& admission = std::get<Admission>(decision);
    peer.known_as = admission.name();
    std::optional<Admission> moved(std::move(admission));
    co_await side_.session(std::move(socket), std::move(peer), {}, std::move(moved));
  }

  static constexpr vtp::Side side =
      std::is_same_v<Side, Receiver> ? vtp::Side::author : vtp::Side::subscriber;
  TemporaryFolder folder_;
  TestClock clock_;
  int log_fd_ = ::open(folder_.file("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Diagnostics diagnostics_;
  PeerDiagnostics peer_diagnostics_{clock_, diagnostics_};
  asio::io_context context_;
  EventLog events_;
  std::unique_ptr<Listener> listener_;
  std::optional<PeerRegister> peers_;
  Worker worker_;
  Side side_;
  std::thread thread_;
};

}  // namespace vtp
