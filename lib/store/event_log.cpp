#include "lib/store/event_log.h"

#include <memory>
#include <utility>

#include <asio/post.hpp>
#include <asio/use_future.hpp>

#include "lib/base/new_file.h"
#include "lib/net/offload.h"

namespace vtp {

EventLog::EventLog(const std::string& path, Keep keep, const Clock& clock,
                   const Diagnostics& diagnostics, Sync sync)
    : path_(path),
      sync_(sync),
      reader_(path, sync),
      broker_lock_(reader_.file()),
      file_(reader_.file()),
      begun_with_(reader_.extent()),
      tail_(reader_.last()),
      commit_(std::make_unique<Store>(path, sync), tail_, keep, clock, diagnostics) {
  for (const char* ending : {"", "-wal", "-shm", "-claims"})
    if (const std::string file = reader_.file() + ending; everybody_may_read(file))
      diagnostics.warning(
          "Every user may read {}, and could thereby stop this broker from storing events: "
          "run chmod o= {}",
          file, file);
}

EventLog::~EventLog() { reading_.join(); }

std::optional<Sequence> EventLog::handler_cursor(const std::string& handler) {
  return asio::post(reading_, asio::use_future([&] { return reader_.cursors().handler(handler); }))
      .get();
}

std::optional<Digest> EventLog::upstream_cursor(const std::string& upstream) {
  return asio::post(reading_,
                    asio::use_future([&] { return reader_.cursors().upstream(upstream); }))
      .get();
}

std::map<std::string, std::int64_t> EventLog::partition_cursors(const std::string& prefix) {
  return asio::post(reading_,
                    asio::use_future([&] { return reader_.cursors().partitions(prefix); }))
      .get();
}

std::optional<CopiedLog> EventLog::copied_log() {
  return asio::post(reading_, asio::use_future([&] { return reader_.copied_log(); })).get();
}

CopiedLog EventLog::copy_log(const std::string& cluster, const std::string& topic) {
  return asio::post(reading_, asio::use_future([&] { return reader_.copy_log(cluster, topic); }))
      .get();
}

asio::awaitable<bool> EventLog::has(Digest digest) {
  const auto find = [this, digest] { return reader_.find(digest).has_value(); };
  co_return co_await offload(reading_, find);
}

void EventLog::forget_handlers_but(const std::vector<std::string>& handlers) {
  asio::post(reading_, asio::use_future([&] { reader_.cursors().forget_handlers_but(handlers); }))
      .get();
}

asio::awaitable<std::vector<LogEntry>> EventLog::read_after(Sequence position,
                                                            std::size_t most_bytes) {
  if (auto entries = tail_.after(position, most_bytes)) co_return *std::move(entries);
  co_return co_await offload(reading_,
                             [&, this] { return reader_.read_after(position, most_bytes); });
}

std::vector<LogEntry> EventLog::Reader::read_after(Sequence position, std::size_t most_bytes) {
  if (auto entries = events_.newest_after(position, most_bytes)) return *std::move(entries);
  return store().read_after(position, most_bytes);
}

Store& EventLog::Reader::store() {
  if (!store_) store_.emplace(events_.path_, events_.sync_);
  return *store_;
}

}  // namespace vtp
