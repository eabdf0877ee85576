// The tables of the database, and how those of an older version become those of the latest.
//
// Version 8 (PRAGMA application_id 0x564F4556 "VOEV", user_version 8), in WAL mode;
// vtp-eventdb(5) documents what people may query:
//
//     event(seq INTEGER PRIMARY KEY,   order of acceptance, one more each time, never used twice
//           digest BLOB,               SHA-256 of bytes
//           ivorn, stream, role TEXT,  from the headline; stream is the ivorn without its local part
//           received INTEGER,          microseconds since 1970, UTC
//           source TEXT,               where it came from
//           bytes BLOB)                as received; empty where the log became too large
//     kept(seq INTEGER,                one row: up to this one events have lost their bytes
//          bytes INTEGER)              that all others have between them
//     rising(seq, newest INTEGER)      one row: where `received` began to rise, see received.h
//     clock(believed, doubted INTEGER) one row: whether the clock can be believed, see clock_check.h
//     seen(id INTEGER PRIMARY KEY,     in the order of time, never used twice
//          key BLOB,                   SHA-256, see seen.h
//          at INTEGER,                 microseconds since 1970, UTC
//          claim INTEGER)              it counts unless there is such a claim
//     claim(id INTEGER PRIMARY KEY,    never used twice
//           owner INTEGER,             who writes those events out just now, see owner_lock.h
//           first INTEGER)             its rows in seen are among the 1,000 from this id on
//     handler(name TEXT PRIMARY KEY,   what it does, see handler.h
//             seq INTEGER)             of the last event up to which it has finished all
//     upstream(name TEXT PRIMARY KEY,  a broker that we subscribe to
//              digest BLOB)            of the last event up to which we have all that it sent
//     partition(name TEXT PRIMARY KEY, of a topic that we read, with its cluster
//               next INTEGER)          offset of the next message; we have those before it
//     shared_log(cluster, topic TEXT,  no row, or one: the events are those of that topic, in its order
//                next INTEGER)         offset of the next message; we have those before it
//     digest_page, digest_mark         the index of the digests and keys, see digest_index.h
//     archived(seq INTEGER)            one row: the tables below have the events up to this one
//     described(seq INTEGER PRIMARY KEY,     of an event
//               received INTEGER,            as in event
//               observed INTEGER,            microseconds since 1970; NULL: not known
//               ra, dec, error REAL,         degrees; NULL: not known, or not RA and Dec
//               ivorn, stream, role, author TEXT)  compared forms, see archive/facts.h
//     sky(seq, x_min, x_max, y_min, y_max, z_min, z_max)  R*Tree: ra and dec as a unit vector
//     cited(seq INTEGER, ivorn TEXT)         the event cites the one with this ivorn
//     concept(seq INTEGER, part TEXT)        a part of its concepts
//
// Version 1 had only the first table. Version 2 had no `kept`, `handler` and `upstream`, and had
// unique SQLite indexes on digest and key. Version 3 had no `rising`, version 4 no `clock`,
// version 5 no `partition`, version 6 no `shared_log`, version 7 none from `archived` on: they are
// filled while a broker runs (archive/indexer.h).
// Older versions are upgraded when they are opened.
#pragma once

#include <cstdint>

namespace vtp {

inline constexpr int database_application = 0x564F4556;  // "VOEV"
inline constexpr std::int64_t latest_database_version = 8;

// Programs that only read may read this version and later ones; before, `event` is the same, but
// nothing tells where its times rise.
inline constexpr std::int64_t oldest_for_reading = 4;

// The first version with an index for the archive.
inline constexpr std::int64_t first_version_with_archive = 8;

// The SQL that makes version + 1 of a database of that version; 0: an empty one.
[[nodiscard]] const char* database_step_from(std::int64_t version);

}  // namespace vtp
