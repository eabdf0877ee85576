// The answers of /api/v1/events: searches in the archive, one after the other, each with a deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include "lib/archive/archive.h"
#include "lib/base/diagnostics.h"
#include "lib/http/event_query.h"
#include "lib/http/http_exchange.h"

namespace vtp {

// One thread, but for what is said otherwise.
class EventPages {
 public:
  // Bytes of a page, beyond which it ends early; its last event may exceed them.
  static constexpr std::size_t page_bytes = 2 * 1024 * 1024;

  // database: the log's file, which is opened at the first search. timeout: for a search, from when
  // it is asked for. diagnostics must live longer.
  EventPages(std::string database, std::chrono::milliseconds timeout,
             const Diagnostics& diagnostics);

  // As stop().
  ~EventPages();
  EventPages(const EventPages&) = delete;
  EventPages& operator=(const EventPages&) = delete;

  // The page, or a status of 503 with the reason.
  [[nodiscard]] asio::awaitable<HttpResponse> page(EventQuery query);

  // Ends the search that runs, and those that wait, soon; they fail. Any thread.
  void stop();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  HttpResponse search(const EventQuery& query, TimePoint deadline);
  std::string found_by(const EventQuery& query, TimePoint deadline);

  const std::string database_;
  const std::chrono::milliseconds timeout_;
  const Diagnostics& diagnostics_;
  std::mutex mutex_;                  // guards the pointer against stop()
  std::unique_ptr<Archive> archive_;  // of the pool's thread; nullptr: not opened yet
  std::atomic<bool> stopped_{false};
  asio::thread_pool pool_{1};
};

}  // namespace vtp
