#include "lib/store/database_version.h"

#include <array>
#include <cstddef>

namespace vtp {
namespace {

constexpr std::array<const char*, latest_database_version> steps = {R"sql(
  CREATE TABLE event(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL,
    ivorn TEXT NOT NULL,
    stream TEXT NOT NULL,
    role TEXT NOT NULL,
    received INTEGER NOT NULL,
    source TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX event_digest ON event(digest);
  CREATE INDEX event_received ON event(received);
)sql",
                                                                    R"sql(
  CREATE TABLE seen(
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    claim INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE claim(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL,
    first INTEGER NOT NULL
  ) STRICT;
)sql",
                                                                    R"sql(
  CREATE TABLE handler(
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE upstream(
    name TEXT PRIMARY KEY,
    digest BLOB NOT NULL
  ) STRICT;
  DROP INDEX event_digest;
  ALTER TABLE seen RENAME TO seen_2;
  CREATE TABLE seen(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    at INTEGER NOT NULL,
    claim INTEGER NOT NULL
  ) STRICT;
  INSERT INTO seen SELECT id, key, at, claim FROM seen_2 ORDER BY id;
  DROP TABLE seen_2;
  CREATE TABLE kept(
    seq INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO kept SELECT 0, coalesce(sum(length(bytes)), 0) FROM event;
  CREATE TABLE digest_page(
    id INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
  ) STRICT;
  CREATE TABLE digest_mark(
    event INTEGER NOT NULL,
    seen INTEGER NOT NULL
  ) STRICT;
  INSERT INTO digest_mark VALUES(0, 0);
)sql",
                                                                    R"sql(
  CREATE TABLE rising(
    seq INTEGER NOT NULL,
    newest INTEGER NOT NULL
  ) STRICT;
  INSERT INTO rising SELECT
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) + 1,
    coalesce((SELECT max(received) FROM event), 0);
)sql",
                                                                    R"sql(
  CREATE TABLE clock(
    believed INTEGER NOT NULL,
    doubted INTEGER NOT NULL
  ) STRICT;
  INSERT INTO clock SELECT
    max(coalesce((SELECT max(received) FROM event), 0),
        coalesce((SELECT at FROM seen ORDER BY id DESC LIMIT 1), 0)), 0;
)sql",
                                                                    R"sql(
  CREATE TABLE partition(
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
  ) STRICT;
)sql",
                                                                    R"sql(
  CREATE TABLE shared_log(
    cluster TEXT NOT NULL,
    topic TEXT NOT NULL,
    next INTEGER NOT NULL
  ) STRICT;
)sql",
                                                                    R"sql(
  CREATE TABLE archived(
    seq INTEGER NOT NULL
  ) STRICT;
  INSERT INTO archived VALUES(0);
  CREATE TABLE described(
    seq INTEGER PRIMARY KEY,
    received INTEGER NOT NULL,
    observed INTEGER,
    ra REAL,
    dec REAL,
    error REAL,
    ivorn TEXT NOT NULL,
    stream TEXT NOT NULL,
    role TEXT NOT NULL,
    author TEXT NOT NULL
  ) STRICT;
  CREATE INDEX described_ivorn ON described(ivorn);
  CREATE INDEX described_stream ON described(stream);
  CREATE VIRTUAL TABLE sky USING rtree(seq, x_min, x_max, y_min, y_max, z_min, z_max);
  CREATE TABLE cited(
    seq INTEGER NOT NULL,
    ivorn TEXT NOT NULL,
    PRIMARY KEY(seq, ivorn)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX cited_ivorn ON cited(ivorn);
  CREATE TABLE concept(
    seq INTEGER NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY(seq, part)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX concept_part ON concept(part);
)sql"};

}  // namespace

const char* database_step_from(std::int64_t version) {
  return steps.at(static_cast<std::size_t>(version));
}

}  // namespace vtp
