#include "lib/store.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <sqlite3.h>

#include "lib/ivoid.h"

namespace vtp {
namespace {

constexpr int application_id = 0x564F4556;  // "VOEV"
constexpr int schema_version = 1;
constexpr int busy_timeout_ms = 10'000;  // for another program that writes to the same file

constexpr const char* schema = R"sql(
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
)sql";

std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

}  // namespace

// A prepared statement; what is bound must live until run() is done with it.
class Store::Statement {
 public:
  Statement(Store& store, const char* sql) : store_(store) {
    if (sqlite3_prepare_v3(store.database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                           nullptr) != SQLITE_OK)
      throw StoreError(store.cause());
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, std::string_view text) {
    sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind_blob(int index, const void* data, std::size_t size) {
    sqlite3_bind_blob64(statement_, index, data, size, SQLITE_STATIC);
  }

  // Goes to the next row; false at the end. After that, or after reset(), it is ready to be bound anew.
  bool step() {
    const int status = sqlite3_step(statement_);
    if (status == SQLITE_ROW) return true;
    const std::string cause = status == SQLITE_DONE ? "" : store_.cause();  // the reset forgets it
    reset();
    if (status != SQLITE_DONE) throw StoreError(cause);
    return false;
  }
  void reset() { sqlite3_reset(statement_); }

  // Of the row that it is at; blobs and texts until the next step.
  [[nodiscard]] std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string_view bytes(int column) {
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

  // Runs to the first row or to the end, and gives that row's first column; 0 without a row.
  std::int64_t run() {
    const std::int64_t value = step() ? number(0) : 0;
    reset();
    return value;
  }

 private:
  Store& store_;
  sqlite3_stmt* statement_ = nullptr;
};

// Undone unless committed. Takes the write lock at once: one that had to ask for it later could be
// refused.
class Store::Transaction {
 public:
  explicit Transaction(Store& store) : store_(store) { store.run("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (sqlite3_get_autocommit(store_.database_.get()) == 0)
      sqlite3_exec(store_.database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() { store_.run("COMMIT"); }

 private:
  Store& store_;
};

Store::Store(const std::string& path)
    // A relative path is made one that SQLite cannot take for a name of its own, such as :memory:.
    : path_(path.starts_with('/') ? path : "./" + path), database_(nullptr, sqlite3_close) {
  open();
  create_or_recognise();
  insert_ = std::make_unique<Statement>(
      *this,
      "INSERT INTO event(digest, ivorn, stream, role, received, source, bytes) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(digest) DO NOTHING");
  read_ = std::make_unique<Statement>(
      *this, "SELECT seq, digest, ivorn, role, bytes FROM event WHERE seq > ?1 ORDER BY seq");
  forget_ = std::make_unique<Statement>(*this,
                                        "DELETE FROM event WHERE seq IN (SELECT seq FROM event "
                                        "WHERE received < ?1 ORDER BY received LIMIT ?2)");
}

Store::~Store() = default;

void Store::open() {
  sqlite3* database = nullptr;
  const int status =
      sqlite3_open_v2(path_.c_str(), &database,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (status != SQLITE_OK) throw StoreError(cause());
  sqlite3_busy_timeout(database, busy_timeout_ms);
  sqlite3_extended_result_codes(database, 1);
}

void Store::create_or_recognise() {
  // Nothing is written before the file is known to be ours, or empty.
  const bool empty =
      run("SELECT count(*) FROM sqlite_schema") == 0 && run("PRAGMA application_id") == 0;
  if (!empty && run("PRAGMA application_id") != application_id)
    throw StoreError(fmt::format("{}: is a database of some other program", path_));
  if (empty) run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");

  Transaction transaction(*this);
  // Another program may have made it in the meantime.
  if (run("PRAGMA user_version") == 0) {
    run(fmt::format("PRAGMA application_id = {}", application_id).c_str());
    run(fmt::format("PRAGMA user_version = {}", schema_version).c_str());
    if (sqlite3_exec(database_.get(), schema, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw StoreError(cause());
  }
  if (const auto version = run("PRAGMA user_version"); version != schema_version)
    throw StoreError(fmt::format("{}: is of version {}, and this program knows only version {}",
                                 path_, version, schema_version));
  transaction.commit();
}

std::vector<std::optional<Sequence>> Store::append(std::span<const NewEvent> events) {
  std::vector<std::optional<Sequence>> places;
  places.reserve(events.size());
  Transaction transaction(*this);
  for (const NewEvent& entry : events) {
    const Event& event = *entry.event;
    const std::string stream = stream_of(event.headline.ivorn);
    insert_->bind_blob(1, event.digest.bytes.data(), event.digest.bytes.size());
    insert_->bind(2, event.headline.ivorn);
    insert_->bind(3, stream);
    insert_->bind(4, event.headline.role);
    insert_->bind(5, microseconds(entry.received));
    insert_->bind(6, entry.source);
    insert_->bind_blob(7, event.bytes.data(), event.bytes.size());
    insert_->run();
    const bool is_new = sqlite3_changes(database_.get()) == 1;
    places.push_back(
        is_new ? std::optional(static_cast<Sequence>(sqlite3_last_insert_rowid(database_.get())))
               : std::nullopt);
  }
  transaction.commit();
  return places;
}

std::vector<LogEntry> Store::read_after(Sequence place, std::size_t most_bytes) {
  std::vector<LogEntry> entries;
  std::size_t bytes = 0;
  read_->bind(1, static_cast<std::int64_t>(place));
  while (bytes < most_bytes && read_->step()) {
    Event event;
    const std::string_view digest = read_->bytes(1);
    std::copy_n(digest.begin(), std::min(digest.size(), event.digest.bytes.size()),
                event.digest.bytes.begin());
    event.headline.ivorn = read_->bytes(2);
    event.headline.role = read_->bytes(3);
    event.bytes = read_->bytes(4);
    bytes += event.bytes.size();
    entries.push_back(
        {static_cast<Sequence>(read_->number(0)), std::make_shared<const Event>(std::move(event))});
  }
  read_->reset();
  return entries;
}

Sequence Store::last() {
  return static_cast<Sequence>(run("SELECT seq FROM sqlite_sequence WHERE name = 'event'"));
}

std::size_t Store::forget(Time before, std::size_t most) {
  Transaction transaction(*this);
  forget_->bind(1, microseconds(before));
  forget_->bind(2, static_cast<std::int64_t>(most));
  forget_->run();
  const int forgotten = sqlite3_changes(database_.get());
  transaction.commit();
  return static_cast<std::size_t>(forgotten);
}

std::uint64_t Store::size() {
  return static_cast<std::uint64_t>(run("SELECT count(*) FROM event"));
}

std::int64_t Store::run(const char* sql) { return Statement(*this, sql).run(); }

std::string Store::cause() const {
  const int code = sqlite3_extended_errcode(database_.get());
  const int system = sqlite3_system_errno(database_.get());
  const bool says_nothing = (code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_IOERR;
  return fmt::format(
      "{}: {}{}", path_, sqlite3_errmsg(database_.get()),
      says_nothing && system != 0 ? fmt::format(" ({})", std::strerror(system)) : "");
}

}  // namespace vtp
