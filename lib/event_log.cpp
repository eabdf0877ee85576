#include "lib/event_log.h"

#include <memory>
#include <utility>

#include "lib/offload.h"

namespace vtp {

EventLog::EventLog(const std::string& path, std::chrono::days keep, const Clock& clock,
                   const Log& log)
    : path_(path),
      reader_(path),
      tail_(reader_.last()),
      commit_(std::make_unique<Store>(path), tail_, keep, clock, log) {}

EventLog::~EventLog() { reading_.join(); }

// On connections of their own, since those that are there belong to threads.

std::optional<Sequence> EventLog::handler_place(const std::string& handler) const {
  Database database(path_, Sync::now_and_then);
  return Places(database).handler(handler);
}

std::optional<Digest> EventLog::upstream_place(const std::string& upstream) const {
  Database database(path_, Sync::now_and_then);
  return Places(database).upstream(upstream);
}

void EventLog::forget_handlers_but(const std::vector<std::string>& handlers) const {
  Database database(path_, Sync::now_and_then);
  Places(database).forget_handlers_but(handlers);
}

asio::awaitable<std::vector<LogEntry>> EventLog::read_after(Sequence place,
                                                            std::size_t most_bytes) {
  if (auto entries = tail_.after(place, most_bytes)) co_return *std::move(entries);
  co_return co_await offload(reading_, [&, this] { return reader_.read_after(place, most_bytes); });
}

asio::awaitable<std::optional<Sequence>> EventLog::find(Digest digest) {
  co_return co_await offload(reading_, [&, this] { return reader_.find(digest); });
}

asio::awaitable<std::optional<Digest>> EventLog::digest_at(Sequence place) {
  co_return co_await offload(reading_, [&, this] { return reader_.digest_at(place); });
}

asio::awaitable<Sequence> EventLog::before(Time time) {
  co_return co_await offload(reading_, [&, this] { return reader_.before(time); });
}

}  // namespace vtp
