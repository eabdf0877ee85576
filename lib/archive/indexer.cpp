#include "lib/archive/indexer.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/base/thread_times.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t most_bytes = 4 * 1024 * 1024;  // of the events of a step; at least one event

struct Row {
  std::int64_t seq;
  std::int64_t received;
  std::string ivorn;
  std::string role;
  std::string bytes;
};

}  // namespace

struct Indexer::Tables {
  explicit Tables(const std::string& path)
      : database(path, Sync::normal),
        writer(database),
        events(database,
               "SELECT seq, received, ivorn, role, bytes FROM event "
               "WHERE seq > max(?1, (SELECT seq FROM kept)) AND seq <= ?2 ORDER BY seq LIMIT ?3") {}

  std::vector<Row> read(Sequence after, Sequence last, std::size_t most) {
    std::vector<Row> rows;
    std::size_t bytes = 0;
    events.bind(1, static_cast<std::int64_t>(after));
    events.bind(2, static_cast<std::int64_t>(last));
    events.bind(3, static_cast<std::int64_t>(most));
    while (bytes < most_bytes && events.step()) {
      rows.push_back({events.number(0), events.number(1), std::string(events.bytes(2)),
                      std::string(events.bytes(3)), std::string(events.bytes(4))});
      bytes += rows.back().bytes.size();
    }
    events.reset();
    return rows;
  }

  Database database;
  IndexWriter writer;
  Database::Statement events;
  FactsReader reader;
};

Indexer::Indexer(EventLog& events, std::string path, const Diagnostics& diagnostics,
                 const IndexerPace& pace)
    : events_(events),
      path_(std::move(path)),
      diagnostics_(diagnostics),
      pace_(pace),
      before_(steady_clock::now()),
      growth_(events,
              [this] {
                if (!waits_.exchange(false)) return;
                { const std::lock_guard lock(mutex_); }
                wake_.notify_one();
              }),
      thread_([this] { work(); }) {}

Indexer::~Indexer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Indexer::work() {
  name_thread("archive");
  last_before_ = events_.last();
  std::optional<Tables> tables;
  while (!stop_) {
    try {
      // A database that was removed must not be made anew.
      if (!tables && ::access(path_.c_str(), F_OK) == 0) tables.emplace(path_);
      if (tables) follow(*tables);
    } catch (const std::exception& error) {
      report(error.what());
    }
    wait_until(steady_clock::now() + pace_.retry);
  }
}

// Throws StoreError; what it did until then is done.
void Indexer::follow(Tables& tables) {
  indexed_ = tables.writer.cursor();
  while (!stop_) {
    const auto begin = steady_clock::now();
    const bool indexed = index_some(tables);
    const bool forgot = forget_some(tables);
    if (std::exchange(failed_, false)) diagnostics_.info("The archive's index goes on");
    if (indexed || forgot)
      rest(steady_clock::now() - begin);
    else
      wait_for_events();
  }
}

// False if there is nothing to index.
bool Indexer::index_some(Tables& tables) {
  const Sequence last = events_.last();  // before reading, so that no event is passed over
  if (indexed_ >= last || events_.has_outage()) return false;
  std::vector<Row> rows = tables.read(indexed_, last, busy_ ? pace_.busy_step : pace_.step);
  std::vector<Described> events;
  for (Row& row : rows) {
    if (stop_) return true;
    events.push_back({static_cast<Sequence>(row.seq), row.received,
                      tables.reader.read(row.bytes, row.ivorn, row.role)});
  }
  const Sequence cursor = events.empty() ? last : events.back().seq;
  tables.writer.add(events, cursor);
  indexed_ = cursor;
  return true;
}

bool Indexer::forget_some(Tables& tables) {
  if (steady_clock::now() < next_forget_ || events_.has_outage()) return false;
  if (tables.writer.remove_forgotten(busy_ ? pace_.busy_step : pace_.step)) return true;
  next_forget_ = steady_clock::now() + pace_.forget_every;
  return false;
}

void Indexer::rest(steady_clock::duration step_took) {
  const auto now = steady_clock::now();
  const Sequence last = events_.last();
  const double seconds = std::chrono::duration<double>(now - before_).count();
  busy_ = static_cast<double>(last - last_before_) > pace_.busy_rate * seconds;
  last_before_ = last;
  before_ = now;
  wait_until(now + step_took * (busy_ ? pace_.busy_rest : 1));
}

void Indexer::wait_for_events() {
  std::unique_lock lock(mutex_);
  const auto until = std::max(next_forget_, steady_clock::now() + pace_.gather);
  const auto has_work = [this] {
    waits_ = true;  // before the log is looked at
    return stop_ || events_.last() > indexed_;
  };
  if (!has_work()) wake_.wait_until(lock, until, has_work);
  waits_ = false;
  wake_.wait_for(lock, pace_.gather, [this] { return stop_.load(); });
}

void Indexer::wait_until(TimePoint time) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, time, [this] { return stop_.load(); });
}

void Indexer::report(const std::string& problem) {
  if (std::exchange(failed_, true)) return;
  diagnostics_.warning("Cannot write the archive's index, which only makes queries slower: {}",
                       problem);
}

}  // namespace vtp
