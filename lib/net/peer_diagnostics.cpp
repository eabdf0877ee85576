#include "lib/net/peer_diagnostics.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <utility>

namespace vtp {
namespace {

// The shortest time between two searches for addresses to forget.
constexpr std::chrono::seconds between_looks{1};

// "2001:db8:1:2::/64" for an address in that network, "192.0.2.1" for a mapped one; empty if it is
// not an address.
std::string network_of(const std::string& v6) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, v6.c_str(), &address) != 1) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::uint8_t* const bytes = address.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address))
    return ::inet_ntop(AF_INET, bytes + 12, text.data(), text.size());
  std::fill(bytes + 8, bytes + 16, std::uint8_t{0});
  return fmt::format("{}/64", ::inet_ntop(AF_INET6, bytes, text.data(), text.size()));
}

}  // namespace

std::string address_in(std::string_view peer) {
  if (peer.starts_with("unix:")) return std::string(peer);
  const std::string_view host = peer.substr(0, peer.rfind(':'));
  if (!host.starts_with('[') || !host.ends_with(']')) return std::string(host);
  // The name of a link may follow the address, after a %.
  const std::string_view inside = host.substr(1, host.size() - 2);
  const std::string network = network_of(std::string(inside.substr(0, inside.find('%'))));
  return network.empty() ? std::string(host) : network;
}

bool Allowance::has_some(Time now) {
  refill(now);
  return left_ > 0;
}

void Allowance::give_back(std::int64_t what) { left_ = std::min(left_ + what, most_); }

bool Allowance::is_whole(Time now) {
  refill(now);
  return left_ >= most_;
}

// In whole units, so that nothing is lost by rounding. A clock that is set back adds nothing.
void Allowance::refill(Time now) {
  if (left_ >= most_ || filled_ == Time{} || now < filled_) {
    filled_ = now;
    return;
  }
  const std::chrono::microseconds each =
      std::chrono::microseconds(interval) / std::max<std::int64_t>(each_interval_, 1);
  if (each.count() == 0) return;
  const std::int64_t units = (now - filled_) / each;
  if (units == 0) return;
  left_ = std::min(left_ + units, most_);
  filled_ += units * each;
}

// The allowances that all sessions of an address share.
struct PeerDiagnostics::Address {
  explicit Address(std::string its_name) : name(std::move(its_name)) {}

  [[nodiscard]] bool is_idle(Time now) {
    const std::lock_guard lock(mutex);
    return lines.is_whole(now) && refusals.is_whole(now);
  }

  const std::string name;
  std::mutex mutex;  // guards the members below
  Allowance lines{address_lines, address_lines};
  Allowance refusals{refusal_bytes, refusal_bytes};
  std::uint64_t left_out = 0;  // not yet reported
};

PeerDiagnostics::PeerDiagnostics(const Clock& clock, const Diagnostics& diagnostics)
    : clock_(clock),
      diagnostics_(diagnostics),
      others_(std::make_shared<Address>("other addresses")) {}

PeerDiagnostics::~PeerDiagnostics() {
  for (const auto& [name, address] : addresses_)
    say_left_out(address->left_out, name);
  say_left_out(others_->left_out, others_->name);
}

PeerDiagnostics::Session PeerDiagnostics::session(std::string_view peer, std::string shown) {
  if (shown.empty()) shown = peer;
  return {*this, address_of(peer), std::move(shown)};
}

std::size_t PeerDiagnostics::addresses() const {
  const std::lock_guard lock(mutex_);
  return addresses_.size();
}

PeerDiagnostics::AddressPtr PeerDiagnostics::address_of(std::string_view peer) {
  std::string name = address_in(peer);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto known = addresses_.find(name);
  if (known != addresses_.end()) return known->second;
  // Also if the clock was set back.
  if (now >= next_look_ || now + between_looks < next_look_) forget_idle(now);
  if (addresses_.size() >= most_addresses) return others_;
  auto address = std::make_shared<Address>(name);
  addresses_.emplace(std::move(name), address);
  return address;
}

// Forgets addresses without a session that have caused nothing lately.
void PeerDiagnostics::forget_idle(Time now) {
  next_look_ = now + between_looks;
  std::erase_if(addresses_, [&](const auto& entry) {
    if (entry.second.use_count() > 1 || !entry.second->is_idle(now)) return false;
    say_left_out(entry.second->left_out, entry.first);
    return true;
  });
}

void PeerDiagnostics::say_left_out(std::uint64_t lines, std::string_view whose) const {
  if (lines > 0) diagnostics_.warning("{} more line(s) about {} were left out", lines, whose);
}

PeerDiagnostics::Session::Session(PeerDiagnostics& owner, AddressPtr address, std::string peer)
    : owner_(owner), address_(std::move(address)), peer_(std::move(peer)) {}

PeerDiagnostics::Session::Session(Session&& other) noexcept
    : owner_(other.owner_),
      address_(std::move(other.address_)),
      peer_(std::move(other.peer_)),
      lines_(other.lines_),
      faults_(other.faults_),
      left_out_(std::exchange(other.left_out_, 0)),
      of_the_address_(other.of_the_address_),
      too_many_(other.too_many_) {}

PeerDiagnostics::Session::~Session() {
  if (!address_ || left_out_ == 0) return;
  const Time now = owner_.clock_.now();
  {
    const std::lock_guard lock(address_->mutex);
    if (!address_->lines.has_some(now)) {
      address_->left_out += left_out_;
      return;
    }
    address_->lines.take(1);
  }
  owner_.say_left_out(left_out_, peer_);
}

bool PeerDiagnostics::Session::may_say(Level level) {
  if (!diagnostics().says(level)) return false;
  const Time now = owner_.clock_.now();
  if (!lines_.has_some(now)) {
    ++left_out_;
    return false;
  }
  std::uint64_t left_out_of_address = 0;
  {
    const std::lock_guard lock(address_->mutex);
    if (!address_->lines.has_some(now)) {
      ++address_->left_out;
      return false;
    }
    address_->lines.take(1);
    left_out_of_address = std::exchange(address_->left_out, 0);
  }
  lines_.take(1);
  ++of_the_address_;
  owner_.say_left_out(left_out_of_address, address_->name);
  owner_.say_left_out(std::exchange(left_out_, 0), peer_);
  return true;
}

bool PeerDiagnostics::Session::may_say_refusal(Level level) {
  if (!diagnostics().says(level)) return false;
  const Time now = owner_.clock_.now();
  const std::lock_guard lock(address_->mutex);
  if (address_->refusals.has_some(now)) return true;
  ++address_->left_out;
  return false;
}

void PeerDiagnostics::Session::say_refusal(Level level, std::string_view text) {
  std::uint64_t left_out = 0;
  {
    const std::lock_guard lock(address_->mutex);
    address_->refusals.take(static_cast<std::int64_t>(std::min(text.size(), max_diagnostics_line)));
    left_out = std::exchange(address_->left_out, 0);
  }
  owner_.say_left_out(left_out, address_->name);
  diagnostics().say(level, "{}", text);
}

void PeerDiagnostics::Session::behaved() {
  if (of_the_address_ == 0) return;
  const std::lock_guard lock(address_->mutex);
  address_->lines.give_back(std::exchange(of_the_address_, 0));
}

void PeerDiagnostics::Session::count_fault() {
  too_many_ = too_many_ || !faults_.has_some(owner_.clock_.now());
  faults_.take(1);
}

}  // namespace vtp
