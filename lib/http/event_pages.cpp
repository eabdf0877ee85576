#include "lib/http/event_pages.h"

#include <exception>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "lib/base/thread_times.h"
#include "lib/http/event_json.h"
#include "lib/net/offload.h"
#include "lib/net/worker.h"

namespace vtp {

using std::chrono::steady_clock;

EventPages::EventPages(std::string database, std::chrono::milliseconds timeout,
                       const Diagnostics& diagnostics)
    : database_(std::move(database)), timeout_(timeout), diagnostics_(diagnostics) {
  asio::post(pool_, [] {
    name_thread("http archive");
    become_less_urgent();
  });
}

EventPages::~EventPages() {
  stop();
  pool_.join();
}

void EventPages::stop() {
  stopped_ = true;
  const std::lock_guard lock(mutex_);
  if (archive_) archive_->interrupt();
}

asio::awaitable<HttpResponse> EventPages::page(EventQuery query) {
  const auto deadline = steady_clock::now() + timeout_;
  auto work = [this, query = std::move(query), deadline] { return search(query, deadline); };
  co_return co_await offload(pool_, std::move(work));
}

HttpResponse EventPages::search(const EventQuery& query, TimePoint deadline) {
  const double seconds = std::chrono::duration<double>(timeout_).count();
  if (stopped_) return answer_of({503, "the broker stops"});
  if (steady_clock::now() >= deadline)
    return answer_of({503, fmt::format("other searches took the {} s (--http-query-timeout); try "
                                       "again later",
                                       seconds)});
  try {
    HttpResponse page;
    page.type = "application/json";
    page.text = std::make_shared<const std::string>(found_by(query, deadline));
    page.fields.emplace_back("Cache-Control", "no-store");
    return page;
  } catch (const QueryTooLong&) {
    return answer_of(
        {503, fmt::format("the search takes more than {} s (--http-query-timeout): ask "
                          "for a shorter time or one stream",
                          seconds)});
  } catch (const std::exception& error) {
    diagnostics_.warning("Cannot search the archive: {}", error.what());
    // It may be that the file was replaced.
    const std::lock_guard lock(mutex_);
    archive_.reset();
    return answer_of({503, "the archive cannot be read now; the broker's diagnostics say why"});
  }
}

std::string EventPages::found_by(const EventQuery& query, TimePoint deadline) {
  if (!archive_) {
    auto opened = std::make_unique<Archive>(database_);
    const std::lock_guard lock(mutex_);
    archive_ = std::move(opened);
    if (stopped_) archive_->interrupt();
  }
  std::string json = "{\"events\":[";
  std::size_t events = 0;
  Sequence last = 0;
  bool more = false;
  const auto take = [&](const Found& found) {
    more = events == query.limit || json.size() > page_bytes;
    if (more) return false;
    if (events++ > 0) json += ',';
    json += listed_json(*found.event, {found.received, Origin(found.source)});
    last = found.seq;
    return true;
  };
  archive_->find(query.query, take, deadline);
  json += more ? fmt::format("],\"next\":\"{}\"}}\n", cursor_after(last)) : "],\"next\":null}\n";
  return json;
}

}  // namespace vtp
