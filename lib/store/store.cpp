#include "lib/store/store.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "lib/voevent/ivoid.h"

namespace vtp {
namespace {

std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

}  // namespace

StoreError damaged_event(const std::string& file, Sequence seq, std::string_view ivorn) {
  return StoreError(fmt::format(
      "{}: event {} ({}) is damaged: it is not as it was received; see DISK FAILURES in brokerd(8)",
      file, seq, ivorn));
}

Store::Store(const std::string& path, Sync sync)
    : database_(path, sync),
      index_(database_),
      seen_(database_, index_),
      cursors_(database_),
      received_(database_),
      clock_check_(database_),
      insert_(database_,
              "INSERT INTO event(digest, ivorn, stream, role, received, source, bytes) "
              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      count_(database_, "UPDATE kept SET bytes = bytes + ?1"),
      read_(database_,
            "SELECT seq, digest, ivorn, role, bytes, source, received FROM event "
            "WHERE seq > max(?1, (SELECT seq FROM kept)) ORDER BY seq"),
      digest_at_(database_, "SELECT digest FROM event WHERE seq = ?1"),
      forget_(database_,
              "DELETE FROM event WHERE seq IN (SELECT seq FROM event "
              "WHERE received < ?1 ORDER BY received LIMIT ?2) RETURNING length(bytes)"),
      kept_(database_, "SELECT seq, bytes FROM kept"),
      oldest_(database_,
              "SELECT seq, length(bytes) FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
      empty_(database_, "UPDATE event SET bytes = x'' WHERE seq > ?1 AND seq <= ?2"),
      empty_until_(database_, "UPDATE kept SET seq = ?1, bytes = ?2") {}

void Store::warm_up() {
  const Database::Transaction transaction(database_, Database::Transaction::Access::read);
  index_.warm_up();
}

std::vector<Appended> Store::append(std::span<const NewEvent> events, const NewCursors& cursors) {
  std::vector<Appended> outcomes;
  outcomes.reserve(events.size());
  database_.check_in_place();
  Database::Transaction transaction(database_);
  std::size_t bytes = 0;
  for (const NewEvent& entry : events) {
    outcomes.push_back(append_one(entry));
    if (outcomes.back().how == Appended::How::first) bytes += entry.event->bytes.size();
  }
  if (bytes > 0) count(static_cast<std::int64_t>(bytes));
  cursors_.keep(cursors);
  transaction.commit();
  return outcomes;
}

void Store::keep(const NewCursors& cursors) {
  const Database::Unsynced unsynced(database_);
  Database::Transaction transaction(database_);
  cursors_.keep(cursors);
  transaction.commit();
}

Appended Store::append_one(const NewEvent& entry) {
  const Event& event = *entry.event;
  const DigestIndex::Rows rows = index_.find(event.digest);
  if (rows.event != 0) return {Appended::How::duplicate};
  switch (seen_.standing(rows.seen)) {
    case Standing::fresh:
      break;
    case Standing::seen:
      return {Appended::How::duplicate};
    case Standing::claimed:
      return {Appended::How::claimed};
  }
  const std::string stream = stream_of(event.headline.ivorn);
  insert_.bind(1, event.digest);
  insert_.bind(2, event.headline.ivorn);
  insert_.bind(3, stream);
  insert_.bind(4, event.headline.role);
  const Time received = received_.next(entry.received);
  insert_.bind(5, microseconds(received));
  insert_.bind(6, entry.source);
  insert_.bind_blob(7, event.bytes);
  insert_.run();
  const std::int64_t seq = database_.last_row();
  index_.add_event(event.digest, seq);
  return {Appended::How::first, static_cast<Sequence>(seq), received};
}

void Store::count(std::int64_t bytes) {
  count_.bind(1, bytes);
  count_.run();
}

std::vector<LogEntry> Store::read_after(Sequence position, std::size_t most_bytes) {
  std::vector<LogEntry> entries;
  std::size_t bytes = 0;
  read_.bind(1, static_cast<std::int64_t>(position));
  while (read_.step()) {
    const std::size_t size = read_.bytes(4).size();
    if (!entries.empty() && bytes + size > most_bytes) break;
    const std::optional<Digest> digest = read_.digest(1);
    if (digest != digest_of(read_.bytes(4))) {
      if (!entries.empty()) break;
      const StoreError damaged =
          damaged_event(database_.file(), static_cast<Sequence>(read_.number(0)), read_.bytes(2));
      read_.reset();
      throw damaged;
    }
    Event event;
    event.digest = *digest;
    event.headline.ivorn = read_.bytes(2);
    event.headline.role = read_.bytes(3);
    event.bytes = read_.bytes(4);
    bytes += size;
    entries.push_back({static_cast<Sequence>(read_.number(0)),
                       std::make_shared<const Event>(std::move(event)), std::string(read_.bytes(5)),
                       Time(std::chrono::microseconds(read_.number(6)))});
  }
  read_.reset();
  return entries;
}

Sequence Store::last() {
  return static_cast<Sequence>(
      database_.run("SELECT seq FROM sqlite_sequence WHERE name = 'event'"));
}

Extent Store::extent() {
  const Database::Transaction transaction(database_, Database::Transaction::Access::read);
  Database::Statement oldest(database_,
                             "SELECT seq, received FROM event "
                             "WHERE seq > (SELECT seq FROM kept) ORDER BY seq LIMIT 1");
  if (!oldest.step()) return {};
  return {.events = last() - static_cast<Sequence>(oldest.number(0)) + 1,
          .oldest = Time(std::chrono::microseconds(oldest.number(1)))};
}

std::optional<Time> Store::received_after(Sequence position) {
  Database::Statement next(database_,
                           "SELECT received FROM event WHERE seq > ?1 ORDER BY seq LIMIT 1");
  next.bind(1, static_cast<std::int64_t>(position));
  if (!next.step()) return std::nullopt;
  return Time(std::chrono::microseconds(next.number(0)));
}

std::optional<Sequence> Store::find(const Digest& digest) {
  const Database::Transaction transaction(database_, Database::Transaction::Access::read);
  const std::int64_t position = index_.find(digest).event;
  return position > 0 ? std::optional(static_cast<Sequence>(position)) : std::nullopt;
}

std::optional<Digest> Store::digest_at(Sequence position) {
  digest_at_.bind(1, static_cast<std::int64_t>(position));
  std::optional<Digest> digest;
  if (digest_at_.step()) digest = digest_at_.digest(0);
  digest_at_.reset();
  return digest;
}

Sequence Store::before(Time time) {
  const Database::Transaction transaction(database_, Database::Transaction::Access::read);
  const auto first = received_.first_since(time);
  return first ? static_cast<Sequence>(*first - 1) : last();
}

std::size_t Store::forget(Time before, std::size_t most) {
  Database::Transaction transaction(database_);
  forget_.bind(1, microseconds(before));
  forget_.bind(2, static_cast<std::int64_t>(most));
  std::size_t forgotten = 0;
  std::int64_t bytes = 0;
  for (; forget_.step(); ++forgotten)
    bytes += forget_.number(0);
  if (bytes > 0) count(-bytes);
  if (forgotten < most) forgotten += seen_.forget(before, most - forgotten);
  transaction.commit();
  return forgotten;
}

std::size_t Store::shrink(std::uint64_t most_bytes, std::size_t most) {
  Database::Transaction transaction(database_);
  if (!kept_.step()) return 0;
  const std::int64_t before = kept_.number(0);
  std::int64_t last = before;
  auto bytes = kept_.number(1);
  kept_.reset();
  oldest_.bind(1, before);
  oldest_.bind(2, static_cast<std::int64_t>(most));
  std::size_t emptied = 0;
  while (bytes > 0 && static_cast<std::uint64_t>(bytes) > most_bytes && oldest_.step()) {
    last = oldest_.number(0);
    bytes -= oldest_.number(1);
    ++emptied;
  }
  oldest_.reset();
  if (emptied == 0) return 0;
  empty_.bind(1, before);
  empty_.bind(2, last);
  empty_.run();
  empty_until_.bind(1, last);
  empty_until_.bind(2, bytes);
  empty_until_.run();
  transaction.commit();
  return emptied;
}

std::uint64_t Store::size() {
  return static_cast<std::uint64_t>(database_.run("SELECT count(*) FROM event"));
}

}  // namespace vtp
