#include "lib/archive/index_writer.h"

#include <string_view>

namespace vtp {
namespace {

// Events that are looked at for each that may be removed: nearly all of them are there.
constexpr std::size_t looks_for_one = 8;

}  // namespace

IndexWriter::IndexWriter(Database& database)
    : database_(database),
      read_cursor_(database, "SELECT seq FROM archived"),
      write_cursor_(database, "UPDATE archived SET seq = ?1"),
      add_event_(database,
                 "INSERT OR REPLACE INTO described(seq, received, observed, ra, dec, error, ivorn, "
                 "stream, "
                 "role, author) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      add_place_(database, "INSERT OR REPLACE INTO sky VALUES(?1, ?2, ?2, ?3, ?3, ?4, ?4)"),
      add_cited_(database, "INSERT OR REPLACE INTO cited(seq, ivorn) VALUES(?1, ?2)"),
      add_concept_(database, "INSERT OR REPLACE INTO concept(seq, part) VALUES(?1, ?2)"),
      earliest_(database,
                "SELECT seq FROM described WHERE seq < max(coalesce((SELECT min(seq) FROM event), "
                "9223372036854775807), (SELECT seq + 1 FROM kept)) ORDER BY seq LIMIT ?1"),
      others_(database,
              "SELECT seq, EXISTS(SELECT 1 FROM event WHERE event.seq = described.seq) "
              "FROM described WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
      remove_event_(database, "DELETE FROM described WHERE seq = ?1"),
      remove_place_(database, "DELETE FROM sky WHERE seq = ?1"),
      remove_cited_(database, "DELETE FROM cited WHERE seq = ?1"),
      remove_concept_(database, "DELETE FROM concept WHERE seq = ?1") {}

Sequence IndexWriter::cursor() { return static_cast<Sequence>(read_cursor_.run()); }

void IndexWriter::add(const std::vector<Described>& events, Sequence cursor) {
  database_.check_in_place();
  Database::Transaction transaction(database_);
  for (const Described& event : events)
    add_one(event);
  write_cursor_.bind(1, static_cast<std::int64_t>(cursor));
  write_cursor_.run();
  transaction.commit();
}

void IndexWriter::add_one(const Described& event) {
  const auto seq = static_cast<std::int64_t>(event.seq);
  const Facts& facts = event.facts;
  const auto& position = facts.position;
  add_event_.bind(1, seq);
  add_event_.bind(2, event.received);
  if (facts.observed)
    add_event_.bind(3, facts.observed->time_since_epoch().count());
  else
    add_event_.bind_real(3, std::nullopt);
  add_event_.bind_real(4, position ? std::optional(position->point.ra) : std::nullopt);
  add_event_.bind_real(5, position ? std::optional(position->point.dec) : std::nullopt);
  add_event_.bind_real(6, position ? position->error : std::nullopt);
  add_event_.bind(7, facts.ivorn);
  add_event_.bind(8, facts.stream);
  add_event_.bind(9, facts.role);
  add_event_.bind(10, facts.author);
  add_event_.run();
  if (position) {
    const UnitVector place = unit_vector(position->point);
    add_place_.bind(1, seq);
    for (int axis = 0; axis < 3; ++axis)
      add_place_.bind_real(axis + 2, place[static_cast<std::size_t>(axis)]);
    add_place_.run();
  }
  const auto add_texts = [seq](Database::Statement& add, const std::vector<std::string>& texts) {
    add.bind(1, seq);
    for (const std::string& text : texts) {
      add.bind(2, text);
      add.run();
    }
  };
  add_texts(add_cited_, facts.cites);
  add_texts(add_concept_, facts.concepts);
}

void IndexWriter::remove_one(std::int64_t seq) {
  for (Database::Statement* remove :
       {&remove_event_, &remove_place_, &remove_cited_, &remove_concept_}) {
    remove->bind(1, seq);
    remove->run();
  }
}

bool IndexWriter::remove_forgotten(std::size_t most) {
  std::vector<std::int64_t> gone = forgotten(most);
  if (gone.empty()) gone = gone_elsewhere(most);
  if (gone.empty()) return false;
  database_.check_in_place();
  Database::Transaction transaction(database_);
  for (const std::int64_t seq : gone)
    remove_one(seq);
  transaction.commit();
  return true;
}

std::vector<std::int64_t> IndexWriter::forgotten(std::size_t most) {
  std::vector<std::int64_t> gone;
  earliest_.bind(1, static_cast<std::int64_t>(most));
  while (earliest_.step())
    gone.push_back(earliest_.number(0));
  return gone;
}

// Goes on where it ended the last time, and begins again at the end.
std::vector<std::int64_t> IndexWriter::gone_elsewhere(std::size_t most) {
  std::vector<std::int64_t> gone;
  std::size_t looked_at = 0;
  others_.bind(1, looked_until_);
  others_.bind(2, static_cast<std::int64_t>(most * looks_for_one));
  for (; others_.step(); ++looked_at) {
    if (gone.size() == most) break;
    looked_until_ = others_.number(0);
    if (others_.number(1) == 0) gone.push_back(looked_until_);
  }
  others_.reset();
  if (looked_at < most * looks_for_one && gone.size() < most) looked_until_ = 0;
  return gone;
}

}  // namespace vtp
