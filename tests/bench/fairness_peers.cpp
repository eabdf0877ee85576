#include "tests/bench/fairness_peers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

#include "lib/vtp/transport.h"
#include "tests/bench/load_events.h"
#include "tests/bench/load_tally.h"

namespace vtp {
namespace {

constexpr std::size_t piece_size = 64 * 1024;  // bytes that are handed to the system at once
constexpr int pieces_at_once = 16;             // before it is the others' turn
constexpr int connections_at_once = 16;        // of one peer
constexpr int longest_wait = 5;                // ms, for the network
constexpr std::size_t kept_back = 100'000;     // bytes that are missing of a message that stops
constexpr std::uint32_t first_address = 0x7f000002;
constexpr std::size_t head_size = 400;  // bytes in which it shows what a message is

bool has(std::string_view payload, std::string_view text) {
  return payload.substr(0, head_size).find(text) != std::string_view::npos;
}

std::string echo(TransportRole role) {
  Transport message;
  message.role = role;
  message.origin = "ivo://example.org/fairness";
  return framed(message);
}

}  // namespace

class BusyPeers::Peer final : public Watched {
 public:
  Peer(BusyPeers& all, const PeerPlan& plan, std::size_t number)
      : all_(all), plan_(plan), number_(number), socket_(all.poll_, *this) {
    if (plan_.opening) opening_ = plan_.opening(number);
  }

  [[nodiscard]] bool done() const { return done_; }

  // Whether there is more to do at once.
  bool turn() {
    for (int i = 0; i < connections_at_once; ++i) {
      if (!socket_.is_open() && !connect()) return false;
      const bool more = push();
      if (plan_.again != Again::at_once || socket_.unsent() > 0 || more) return more;
      socket_.abort();
    }
    return true;
  }

  void ready() override {
    if (!socket_.is_open()) return;
    socket_.flush();
    bool open = plan_.reads || !all_.poll_.hung_up();
    if (plan_.reads) open = socket_.read([this](std::string_view payload) { take(payload); });
    if (!answers_.empty()) say(answers_);
    answers_.clear();
    if (open && !(caught_up_ && plan_.again == Again::caught_up)) return (void)push();
    done_ = done_ || plan_.again == Again::never;
    socket_.abort();
  }

 private:
  bool connect() {
    if (done_) return false;
    try {
      if (plan_.side == Side::upstream) {
        Descriptor connected = accept_on(*all_.places_.upstream);
        if (connected.get() < 0) return false;
        socket_.adopt(std::move(connected));
        say(echo(TransportRole::authenticate));
      } else {
        const auto from = first_address + static_cast<std::uint32_t>(number_ % plan_.addresses);
        socket_.connect(plan_.side == Side::author ? all_.places_.submit : all_.places_.broadcast,
                        from);
      }
    } catch (const std::system_error&) {
      socket_.close();
      return false;  // there is no descriptor or port just now
    }
    ++all_.counts_.connections;
    socket_.no_delay();
    rest_ = {};
    messages_ = 0;
    waits_ = caught_up_ = false;
    due_ = {};
    opened_ = false;
    greeted_ = plan_.side != Side::subscriber || !plan_.reads || plan_.again == Again::at_once;
    return true;
  }

  // Sends as much as it is time for and the system takes. Whether there is more of it.
  bool push() {
    if (!greeted_) return false;
    for (int i = 0; i < pieces_at_once; ++i) {
      if (socket_.unsent() > 0) return false;
      if (rest_.empty()) {
        if (!begin_next()) return false;
        continue;
      }
      const std::string_view piece = rest_.substr(0, piece_size);
      say(piece);
      rest_.remove_prefix(piece.size());
    }
    return true;
  }

  // Begins the next message, if it is time for it.
  bool begin_next() {
    if (!opened_) {
      opened_ = true;
      if (!opening_.empty()) return begin(opening_);
    }
    if (plan_.repeated.empty() || waits_) return false;
    const auto now = LoadClock::now();
    if (now < due_) return false;
    due_ = now + plan_.interval;
    if (plan_.stops && messages_ > 0) return drip();
    if (plan_.total > 0 && messages_ == plan_.total) return false;
    if (plan_.repeated.rest().empty() && !plan_.waits && plan_.interval.count() == 0)
      return begin_many();
    ++messages_;
    waits_ = plan_.waits;
    return begin(plan_.repeated);
  }

  bool begin(const Message& message) {
    say(message.head(all_.number_++));
    rest_ = message.rest();
    if (plan_.stops) {
      const std::size_t missing = std::min(rest_.size(), kept_back);
      drops_ = rest_.substr(rest_.size() - missing);
      rest_.remove_suffix(missing);
    }
    return true;
  }

  // Small ones, for which nothing is waited for: as many as are sent at once.
  bool begin_many() {
    std::string batch;
    for (; batch.size() < piece_size && (plan_.total == 0 || messages_ < plan_.total); ++messages_)
      batch += plan_.repeated.head(all_.number_++);
    say(batch);
    return true;
  }

  bool drip() {
    if (!plan_.drips || drops_.empty()) return false;
    rest_ = drops_.substr(0, 1);
    drops_.remove_prefix(1);
    return true;
  }

  void say(std::string_view bytes) {
    all_.counts_.sent += bytes.size();
    socket_.send(bytes);
  }

  void take(std::string_view payload) {
    static const std::string ack = framed_ack();
    if (has(payload, "VOEvent xmlns")) {
      ++all_.counts_.received;
      answers_ += ack;
      return;
    }
    const auto role = role_at_a_glance(payload);
    if (plan_.side == Side::subscriber) return converse(role, payload);
    if (role != TransportRole::ack && role != TransportRole::nak) return;
    ++all_.counts_.received;
    waits_ = false;
    if (plan_.total > 0 && ++answered_ == plan_.total) done_ = true;
  }

  void converse(std::optional<TransportRole> role, std::string_view payload) {
    greeted_ = true;
    waits_ = false;
    if (role != TransportRole::iamalive) return;
    answers_ += echo(TransportRole::iamalive);
    if (!has_param(payload, caught_up_param)) return;
    caught_up_ = true;
    done_ = done_ || plan_.again == Again::never;
  }

  static bool has_param(std::string_view payload, std::string_view name) {
    return payload.find(name) != std::string_view::npos;
  }
  static std::string framed_ack() { return echo(TransportRole::ack); }

  BusyPeers& all_;
  const PeerPlan& plan_;
  std::size_t number_;
  FramedSocket socket_;
  Message opening_;
  std::string answers_;
  std::string_view rest_;   // of what is being sent
  std::string_view drops_;  // what is missing of a message that stops
  std::size_t messages_ = 0;
  std::size_t answered_ = 0;
  LoadClock::time_point due_;
  bool greeted_ = false;  // and may speak
  bool opened_ = false;   // has said what it begins with
  bool waits_ = false;    // for an answer
  bool caught_up_ = false;
  bool done_ = false;
};

BusyPeers::BusyPeers(const PeerCursors& places, const std::vector<PeerPlan>& plans)
    : places_(places),
      number_(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count()) /
              10) {
  for (const PeerPlan& plan : plans)
    for (std::size_t i = 0; i < plan.count; ++i)
      peers_.emplace_back(*this, plan, i);
}

BusyPeers::~BusyPeers() = default;

void BusyPeers::turn() {
  bool more = false;
  for (Peer& peer : peers_)
    more = peer.turn() || more;
  poll_.wait(more ? 0 : longest_wait);
}

bool BusyPeers::done() const { return std::ranges::all_of(peers_, &Peer::done); }

}  // namespace vtp
