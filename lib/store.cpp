#include "lib/store.h"

#include <algorithm>
#include <string_view>

#include "lib/ivoid.h"

namespace vtp {
namespace {

std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

Digest digest_in(std::string_view bytes) {
  Digest digest;
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.bytes.size()), digest.bytes.begin());
  return digest;
}

}  // namespace

Store::Store(const std::string& path)
    : database_(path, Sync::every_commit),
      seen_(database_),
      places_(database_),
      insert_(database_,
              "INSERT INTO event(digest, ivorn, stream, role, received, source, bytes) "
              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      read_(database_,
            "SELECT seq, digest, ivorn, role, bytes FROM event WHERE seq > ?1 ORDER BY seq"),
      find_(database_, "SELECT seq FROM event WHERE digest = ?1"),
      digest_at_(database_, "SELECT digest FROM event WHERE seq = ?1"),
      before_(database_, "SELECT min(seq) FROM event WHERE received >= ?1"),
      forget_(database_,
              "DELETE FROM event WHERE seq IN (SELECT seq FROM event "
              "WHERE received < ?1 ORDER BY received LIMIT ?2)") {}

std::vector<Appended> Store::append(std::span<const NewEvent> events, const NewPlaces& places) {
  std::vector<Appended> outcomes;
  outcomes.reserve(events.size());
  database_.check_in_place();
  Database::Transaction transaction(database_);
  for (const NewEvent& entry : events)
    outcomes.push_back(append_one(entry));
  places_.keep(places);
  transaction.commit();
  return outcomes;
}

void Store::keep(const NewPlaces& places) {
  const Database::Unsynced unsynced(database_);
  Database::Transaction transaction(database_);
  places_.keep(places);
  transaction.commit();
}

Appended Store::append_one(const NewEvent& entry) {
  const Event& event = *entry.event;
  switch (seen_.standing(event.digest)) {
    case Standing::fresh:
      break;
    case Standing::seen:
      return {Appended::How::duplicate};
    case Standing::claimed:
      return {Appended::How::claimed};
  }
  // Not left to the INSERT: one that does nothing would use up a place all the same.
  if (find(event.digest)) return {Appended::How::duplicate};
  const std::string stream = stream_of(event.headline.ivorn);
  insert_.bind_blob(1, event.digest.bytes.data(), event.digest.bytes.size());
  insert_.bind(2, event.headline.ivorn);
  insert_.bind(3, stream);
  insert_.bind(4, event.headline.role);
  insert_.bind(5, microseconds(entry.received));
  insert_.bind(6, entry.source);
  insert_.bind_blob(7, event.bytes.data(), event.bytes.size());
  insert_.run();
  return {Appended::How::first, static_cast<Sequence>(database_.last_row())};
}

std::vector<LogEntry> Store::read_after(Sequence place, std::size_t most_bytes) {
  std::vector<LogEntry> entries;
  std::size_t bytes = 0;
  read_.bind(1, static_cast<std::int64_t>(place));
  while (read_.step()) {
    const std::size_t size = read_.bytes(4).size();
    if (!entries.empty() && bytes + size > most_bytes) break;
    Event event;
    event.digest = digest_in(read_.bytes(1));
    event.headline.ivorn = read_.bytes(2);
    event.headline.role = read_.bytes(3);
    event.bytes = read_.bytes(4);
    bytes += size;
    entries.push_back(
        {static_cast<Sequence>(read_.number(0)), std::make_shared<const Event>(std::move(event))});
  }
  read_.reset();
  return entries;
}

Sequence Store::last() {
  return static_cast<Sequence>(
      database_.run("SELECT seq FROM sqlite_sequence WHERE name = 'event'"));
}

std::optional<Sequence> Store::find(const Digest& digest) {
  find_.bind_blob(1, digest.bytes.data(), digest.bytes.size());
  const std::int64_t place = find_.run();
  return place > 0 ? std::optional(static_cast<Sequence>(place)) : std::nullopt;
}

std::optional<Digest> Store::digest_at(Sequence place) {
  digest_at_.bind(1, static_cast<std::int64_t>(place));
  std::optional<Digest> digest;
  if (digest_at_.step()) digest = digest_in(digest_at_.bytes(0));
  digest_at_.reset();
  return digest;
}

Sequence Store::before(Time time) {
  before_.bind(1, microseconds(time));
  const std::int64_t first = before_.run();
  return first > 0 ? static_cast<Sequence>(first - 1) : last();
}

std::size_t Store::forget(Time before, std::size_t most) {
  Database::Transaction transaction(database_);
  forget_.bind(1, microseconds(before));
  forget_.bind(2, static_cast<std::int64_t>(most));
  forget_.run();
  auto forgotten = static_cast<std::size_t>(database_.changes());
  if (forgotten < most) forgotten += seen_.forget(before, most - forgotten);
  transaction.commit();
  return forgotten;
}

std::uint64_t Store::size() {
  return static_cast<std::uint64_t>(database_.run("SELECT count(*) FROM event"));
}

}  // namespace vtp
