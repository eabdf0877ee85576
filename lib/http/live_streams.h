// Live streams: events as they come, for browsers (server-sent events, HTML section 9.2).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "lib/base/diagnostics.h"
#include "lib/followers/log_cursor.h"
#include "lib/http/http_exchange.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/store/event_log.h"
#include "lib/voevent/check.h"

namespace vtp {

// Each stream is a cursor of the log, and has no queue: one that is read slowly falls behind, and is
// served from the disk. One thread, that of the context.
class LiveStreams {
 public:
  // The most bytes of events that are on their way to one reader.
  static constexpr std::size_t batch = 64 * 1024;
  // An event with more bytes is made into text on the pool: it takes long.
  static constexpr std::size_t large = 64 * 1024;
  // The texts of the newest events, which all streams share.
  static constexpr std::size_t kept_texts = 4 * 1024 * 1024;

  // pool: one thread, for the disk; it must be stopped before this object is destroyed. The others
  // must live longer.
  LiveStreams(asio::io_context& context, asio::thread_pool& pool, EventLog& events,
              std::chrono::milliseconds heartbeat, std::size_t most, const Diagnostics& diagnostics,
              PeerDiagnostics& peers);
  ~LiveStreams();
  LiveStreams(const LiveStreams&) = delete;
  LiveStreams& operator=(const LiveStreams&) = delete;

  // Begins a stream after the event with that digest, or with new events. If the log does not know
  // the event, it says so (`event: gap`), and begins with new events. after: the text of a digest, or
  // any other, which the log does not know. Answers with a status of 503 if there are too many.
  void begin(HttpExchangePtr exchange, const std::optional<std::string>& after);

  // Ends all streams.
  void end();

  [[nodiscard]] std::size_t count() const { return streams_.size(); }

 private:
  struct Stream;
  using StreamPtr = std::shared_ptr<Stream>;

  void wake();
  void resume(const StreamPtr& stream, const Digest& after);
  void go_on(const StreamPtr& stream);
  void read(const StreamPtr& stream);
  void send(const StreamPtr& stream, const std::vector<LogEntry>& entries);
  void make(const StreamPtr& stream, const LogEntry& entry);
  void made(const LogEntry& entry, const SharedText& text, const std::string& problem);
  void send_parts(const StreamPtr& stream, std::vector<SharedText> parts,
                  const std::vector<LogEntry>& entries);
  bool write(const StreamPtr& stream, std::vector<SharedText> parts);
  void remove(const StreamPtr& stream);
  void beat();
  [[nodiscard]] SharedText known_text(const LogEntry& entry) const;
  SharedText text_of(const LogEntry& entry);
  void keep(Sequence seq, const SharedText& text);

  asio::io_context& context_;
  asio::thread_pool& pool_;
  EventLog& events_;
  EventLog::Reader reader_;  // only the pool's
  const std::chrono::milliseconds heartbeat_;
  const std::size_t most_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics& peers_;
  Checker checker_;
  std::list<StreamPtr> streams_;
  std::map<Sequence, SharedText> texts_;
  std::size_t texts_bytes_ = 0;
  std::map<Sequence, std::vector<StreamPtr>> making_;  // streams that wait for the text of an event
  asio::steady_timer beat_;
  bool ended_ = false;
  std::shared_ptr<std::atomic<bool>> woken_ = std::make_shared<std::atomic<bool>>(false);
  std::optional<EventLog::Watch> watch_;
};

}  // namespace vtp
