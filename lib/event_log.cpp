#include "lib/event_log.h"

#include <memory>
#include <utility>

#include "lib/offload.h"

namespace vtp {

EventLog::EventLog(const std::string& path, std::chrono::days keep, const Clock& clock,
                   const Log& log)
    : reader_(path),
      tail_(reader_.last()),
      commit_(std::make_unique<Store>(path), tail_, keep, clock, log) {}

EventLog::~EventLog() { reading_.join(); }

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
