#include "lib/net/connection_limit.h"

#include <utility>

#include "lib/net/peer_diagnostics.h"

namespace vtp {

struct ConnectionLimit::Address {
  std::size_t count = 0;
  Idle idle;
};

struct ConnectionLimit::Entry {
  std::string address;
  std::function<void()> leave;
  bool idle = false;
  bool leaving = false;
  Idle::iterator in_all;  // its position in the lists, while it is idle
  Idle::iterator in_address;
};

ConnectionLimit::ConnectionLimit(std::size_t total, std::size_t each_address)
    : total_(total), each_address_(each_address) {}

ConnectionLimit::~ConnectionLimit() = default;

std::optional<ConnectionLimit::Seat> ConnectionLimit::admit(std::string_view peer,
                                                            std::function<void()> leave) {
  auto entry = std::make_unique<Entry>();
  entry->address = address_in(peer);
  entry->leave = std::move(leave);
  const std::lock_guard lock(mutex_);
  Address& address = addresses_[entry->address];
  const bool has_room = address.count >= each_address_ ? make_room(address.idle)
                        : count_ - leaving_ >= total_  ? make_room(idle_)
                                                       : true;
  if (!has_room) {
    if (address.count == 0) addresses_.erase(entry->address);
    return std::nullopt;
  }
  ++count_;
  ++address.count;
  set_idle(*entry, true);
  return Seat(*this, std::move(entry));
}

// Makes the first idle connection leave; its seat is free at once.
bool ConnectionLimit::make_room(Idle& idle) {
  if (idle.empty() || leaving_ >= most_leaving) return false;
  Entry& entry = *idle.front();
  set_idle(entry, false);
  entry.leaving = true;
  ++leaving_;
  --addresses_[entry.address].count;
  entry.leave();
  return true;
}

void ConnectionLimit::set_idle(Entry& entry, bool idle) {
  if (entry.leaving || entry.idle == idle) return;
  Address& address = addresses_[entry.address];
  entry.idle = idle;
  if (idle) {
    entry.in_all = idle_.insert(idle_.end(), &entry);
    entry.in_address = address.idle.insert(address.idle.end(), &entry);
  } else {
    idle_.erase(entry.in_all);
    address.idle.erase(entry.in_address);
  }
}

void ConnectionLimit::release(Entry& entry) {
  const std::lock_guard lock(mutex_);
  set_idle(entry, false);
  --count_;
  const auto address = addresses_.find(entry.address);
  if (entry.leaving)
    --leaving_;
  else
    --address->second.count;
  if (address != addresses_.end() && address->second.count == 0) addresses_.erase(address);
}

std::size_t ConnectionLimit::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

ConnectionLimit::Seat::Seat(ConnectionLimit& limit, std::unique_ptr<Entry> entry)
    : limit_(&limit), entry_(std::move(entry)) {}

ConnectionLimit::Seat::Seat(Seat&&) noexcept = default;

ConnectionLimit::Seat::~Seat() {
  if (entry_) limit_->release(*entry_);
}

void ConnectionLimit::Seat::busy() {
  const std::lock_guard lock(limit_->mutex_);
  limit_->set_idle(*entry_, false);
}

void ConnectionLimit::Seat::idle() {
  const std::lock_guard lock(limit_->mutex_);
  limit_->set_idle(*entry_, true);
}

}  // namespace vtp
