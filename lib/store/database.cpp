#include "lib/store/database.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

#include "lib/base/descriptor.h"
#include "lib/base/new_file.h"
#include "lib/store/database_version.h"

namespace vtp {
namespace {

constexpr std::chrono::seconds busy_timeout{10};  // waiting for another program that writes
constexpr int checkpoint_pages = 4000;  // many pages are rewritten between two checkpoints
constexpr off_t least_size = 512;       // bytes of a database that is not empty
constexpr std::int64_t looked_through =
    64 * 1024 * 1024;  // bytes; larger files are only checked in part

const char* journal_of(sqlite3* database) {
  return sqlite3_filename_wal(sqlite3_db_filename(database, "main"));
}

// Waits until another program may have released the file; returns 0 to give up. SQLite's own handler
// soon waits for 100 ms between retries, and so rarely sees the moment in which a program that
// writes all the time holds no lock. attempts: of this wait so far. began: of this connection.
int wait_for_others(void* began, int attempts) {
  using std::chrono::steady_clock;
  steady_clock::time_point& waiting_since = *static_cast<steady_clock::time_point*>(began);
  if (attempts == 0) waiting_since = steady_clock::now();
  if (steady_clock::now() - waiting_since >= busy_timeout) return 0;
  pause_before_retry();
  return 1;
}

// Runs after each commit. While another program reads an old state, or writes, the checkpoint
// copies what it can and the next one does the rest; a failed one is retried then. Unlike SQLite's
// own checkpoint, it blocks writers meanwhile, so that writes can be combined
// (write_combining_vfs.h).
int checkpoint(void* waiting_since, sqlite3* database, const char* name, int pages) {
  if (pages < checkpoint_pages) return SQLITE_OK;
  sqlite3_busy_handler(database, nullptr, nullptr);
  sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_FULL, nullptr, nullptr);
  sqlite3_busy_handler(database, wait_for_others, waiting_since);
  return SQLITE_OK;
}

// For a database that is being created. If another program creates it at the same time, SQLite does
// not wait: both have read it, and one must release it before the other can write. Returns the
// status.
int use_journal(sqlite3* database) {
  using std::chrono::steady_clock;
  const auto give_up = steady_clock::now() + busy_timeout;
  int status = SQLITE_OK;
  do {
    if (status != SQLITE_OK) pause_before_retry();
    status = sqlite3_exec(database, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
  } while ((status & 0xFF) == SQLITE_BUSY && steady_clock::now() < give_up);
  return status;
}

// When the file was last written; its size counts too, in case the clock is coarse.
std::chrono::nanoseconds written_at(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  return std::chrono::seconds(file.st_mtim.tv_sec) +
         std::chrono::nanoseconds(file.st_mtim.tv_nsec + file.st_size);
}

// A relative path is changed so that SQLite cannot take it for a special name, such as :memory:.
std::string path_for_sqlite(const std::string& path) {
  return path.starts_with('/') || path.starts_with("./") ? path : "./" + path;
}

// A path as a URI for SQLite, which neither locks the file nor creates others beside it.
std::string unlocked(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path)
    uri += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02X}", static_cast<int>(c))
                                            : std::string(1, c);
  return uri + "?immutable=1";
}

// SQLite would let everybody read the file. A user who can read it, or one of its companion files,
// which get the same mode, can hold a lock that stops all writing. An error here comes again when
// SQLite opens the file.
void make_file(const std::string& path) {
  // Closing a file drops SQLite's locks on it in this process, so no connection may hold one yet.
  static std::mutex making;
  const std::lock_guard lock(making);
  if (::access(path.c_str(), F_OK) == 0) return;
  (void)Descriptor(open_file(path, O_RDONLY | O_CREAT, group_may_read));
}

}  // namespace

Result<Sync> parse_sync(std::string_view text) {
  if (text == "full") return Sync::full;
  if (text == "normal") return Sync::normal;
  if (text == "off") return Sync::off;
  return Problem{fmt::format("{} is not one of full, normal and off", text)};
}

Database::Database(const std::string& path, Sync sync)
    : path_(path_for_sqlite(path)), database_(nullptr, sqlite3_close) {
  open();
  turn_ = std::make_unique<WriteTurn>(file(), busy_timeout);
  begin_to_read_ = std::make_unique<Statement>(*this, "BEGIN");
  begin_to_write_ = std::make_unique<Statement>(*this, "BEGIN IMMEDIATE");
  commit_ = std::make_unique<Statement>(*this, "COMMIT");
  recognise();
  look_for_damage();
  set(sync);
  bring_up();
  has_journal_ = ::access(journal_of(database_.get()), F_OK) == 0;
}

Database::Database(const std::string& path, ForReading)
    : path_(path_for_sqlite(path)), database_(nullptr, sqlite3_close) {
  open_for_reading();
  recognise();
  version_ = run("PRAGMA user_version");
  if (version_ < oldest_for_reading || version_ > latest_database_version)
    throw StoreError(fmt::format("{}: has version {}; this program reads versions {} to {}", path_,
                                 version_, oldest_for_reading, latest_database_version));
  run("PRAGMA query_only = 1");
  begin_to_read_ = std::make_unique<Statement>(*this, "BEGIN");
  commit_ = std::make_unique<Statement>(*this, "COMMIT");
}

Database::~Database() = default;

// With the right to write, SQLite removes its files when it is the last to close the database. Else
// it can still read beside a program that has the database open, whose files it uses; without one,
// nothing is in a journal, and the file can be read without locks.
void Database::open_for_reading() {
  if (::access(path_.c_str(), R_OK) != 0)
    throw StoreError(fmt::format("{}: {}", path_, std::strerror(errno)));
  std::error_code ignored;
  if (std::filesystem::is_other(path_, ignored)) throw StoreError(path_ + ": is not a file");
  const std::string file =
      std::filesystem::canonical(path_, ignored);  // beside which the others are
  const bool may_write =
      ::access(file.c_str(), W_OK) == 0 && ::access(folder_of(file).c_str(), W_OK | X_OK) == 0;
  const bool has_journal = ::access((file + "-wal").c_str(), F_OK) == 0;
  const bool locks = may_write || has_journal;
  if (!locks) unlocked_since_ = written_at(path_);
  sqlite3* database = nullptr;
  const int status = sqlite3_open_v2(locks ? path_.c_str() : unlocked(path_).c_str(), &database,
                                     (may_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                                         (locks ? 0 : SQLITE_OPEN_URI) | SQLITE_OPEN_NOMUTEX,
                                     nullptr);
  database_.reset(database);
  if (status != SQLITE_OK) throw StoreError(cause());
  sqlite3_busy_handler(database, wait_for_others, &waiting_since_);
  sqlite3_extended_result_codes(database, 1);
}

void Database::check_unchanged() const {
  if (unlocked_since_ && *unlocked_since_ != written_at(path_))
    throw StoreError(fmt::format("{}: was written while it was read; try again", path_));
}

int Database::is_time_over(void* limit) {
  const auto& [end_by, interrupted] = *static_cast<Limit*>(limit);
  return interrupted || (end_by && std::chrono::steady_clock::now() >= *end_by) ? 1 : 0;
}

void Database::end_by(std::optional<std::chrono::steady_clock::time_point> time) {
  constexpr int operations = 1000;  // of SQLite's machine between two looks at the clock
  limit_.end_by = time;
  sqlite3_progress_handler(database_.get(), time ? operations : 0, is_time_over, &limit_);
}

void Database::open() {
  make_file(path_);
  sqlite3* database = nullptr;
  const int status = sqlite3_open_v2(
      path_.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      vfs_.name());
  database_.reset(database);
  if (status != SQLITE_OK) throw StoreError(cause());
  // SQLite falls back to reading, and would report that only when something is to be written.
  if (sqlite3_db_readonly(database, "main") == 1)
    throw StoreError(fmt::format("{}: is read-only", path_));
  sqlite3_busy_handler(database, wait_for_others, &waiting_since_);
  sqlite3_extended_result_codes(database, 1);
}

// Nothing is written before the file is known to be ours, or empty.
void Database::recognise() {
  // SQLite takes a file of one byte for an empty one.
  struct stat file {};
  if (::stat(path_.c_str(), &file) == 0 && file.st_size > 0 && file.st_size < least_size)
    throw StoreError(fmt::format("{}: file is not a database", path_));
  const bool empty =
      run("SELECT count(*) FROM sqlite_schema") == 0 && run("PRAGMA application_id") == 0;
  if (!empty && run("PRAGMA application_id") != database_application)
    throw StoreError(fmt::format("{}: is the database of another program", path_));
  if (empty && only_reads()) throw StoreError(fmt::format("{}: is empty", path_));
  if (empty && use_journal(database_.get()) != SQLITE_OK) throw StoreError(cause());
}

void Database::look_for_damage() {
  if (run("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") >
      looked_through)
    return;
  Statement check(*this, "PRAGMA quick_check(1)");
  if (check.step() && check.bytes(0) != "ok")
    throw StoreError(fmt::format("{}: is damaged: {}", path_, check.bytes(0)));
}

void Database::set(Sync sync) {
  run("PRAGMA cache_size = -12288");  // kB: enough for the inner pages of the index of digests
  sqlite3_wal_hook(database_.get(), checkpoint, &waiting_since_);
  switch (sync) {
    case Sync::full:
      run("PRAGMA synchronous = FULL");
      return;
    case Sync::normal:
      run("PRAGMA synchronous = NORMAL");
      return;
    case Sync::off:
      run("PRAGMA synchronous = OFF");
  }
}

void Database::bring_up() {
  version_ = latest_database_version;
  if (run("PRAGMA user_version") == latest_database_version) return;
  Transaction transaction(*this);
  // Another program may have done it in the meantime.
  const std::int64_t version = run("PRAGMA user_version");
  if (version > latest_database_version || version < 0)
    throw StoreError(fmt::format("{}: has version {}; this program supports versions up to {}",
                                 path_, version, latest_database_version));
  run(fmt::format("PRAGMA application_id = {}", database_application).c_str());
  for (std::int64_t step = version; step < latest_database_version; ++step)
    if (sqlite3_exec(database_.get(), database_step_from(step), nullptr, nullptr, nullptr) !=
        SQLITE_OK)
      throw StoreError(cause());
  run(fmt::format("PRAGMA user_version = {}", latest_database_version).c_str());
  transaction.commit();
}

std::int64_t Database::run(const char* sql) { return Statement(*this, sql).run(); }

int Database::changes() const { return sqlite3_changes(database_.get()); }

std::string Database::file() const { return sqlite3_db_filename(database_.get(), "main"); }

void Database::check_in_place() {
  int moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0 || (has_journal_ && ::access(journal_of(database_.get()), F_OK) != 0))
    throw StoreError(fmt::format("{}: was removed or replaced while in use", path_));
}

void Database::probe(std::size_t room) {
  check_in_place();
  if (const int error = occupy_room(file(), room); error != 0)
    throw StoreError(fmt::format("{}: not enough disk space: {}", path_, std::strerror(error)));
  Transaction transaction(*this);
  // SQLite writes this value even if it is the same; it would not write an unchanged row.
  run(fmt::format("PRAGMA user_version = {}", run("PRAGMA user_version")).c_str());
  transaction.commit();
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(database_.get()); }

std::string Database::cause() const {
  const int code = sqlite3_extended_errcode(database_.get());
  int system = sqlite3_system_errno(database_.get());
  // If SQLite may not create the file, it tries to read it and reports that error instead.
  const std::string folder = path_.substr(0, path_.rfind('/') + 1);
  if (system == ENOENT && ::access(folder.c_str(), W_OK | X_OK) != 0) system = errno;
  const bool says_nothing = (code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_IOERR;
  return fmt::format(
      "{}: {}{}", path_, sqlite3_errmsg(database_.get()),
      says_nothing && system != 0 ? fmt::format(" ({})", std::strerror(system)) : "");
}

Database::Statement::Statement(Database& database, const char* sql) : database_(database) {
  if (sqlite3_prepare_v3(database.database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                         nullptr) != SQLITE_OK)
    throw StoreError(database.cause());
}

Database::Statement::~Statement() { sqlite3_finalize(statement_); }

void Database::Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_, index, value);
}

void Database::Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Database::Statement::bind(int index, const Digest& digest) {
  sqlite3_bind_blob64(statement_, index, digest.bytes.data(), digest.bytes.size(), SQLITE_STATIC);
}

void Database::Statement::bind_real(int index, std::optional<double> value) {
  if (value)
    sqlite3_bind_double(statement_, index, *value);
  else
    sqlite3_bind_null(statement_, index);
}

void Database::Statement::bind_blob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), SQLITE_STATIC);
}

bool Database::Statement::step() {
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  const std::string cause = status == SQLITE_DONE ? "" : database_.cause();  // the reset forgets it
  reset();
  if ((status & 0xFF) == SQLITE_CONSTRAINT || (status & 0xFF) == SQLITE_TOOBIG)
    throw UnfitError(cause);
  if (status == SQLITE_INTERRUPT) throw TimeIsOver(cause);
  if (status != SQLITE_DONE) throw StoreError(cause);
  return false;
}

void Database::Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Database::Statement::number(int column) {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Database::Statement::bytes(int column) {
  const void* data = sqlite3_column_blob(statement_, column);
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

double Database::Statement::real(int column) { return sqlite3_column_double(statement_, column); }

bool Database::Statement::is_null(int column) {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<Digest> Database::Statement::digest(int column) {
  const std::string_view found = bytes(column);
  Digest digest;
  if (found.size() != digest.bytes.size()) return std::nullopt;
  std::ranges::copy(found, digest.bytes.begin());
  return digest;
}

std::int64_t Database::Statement::run() {
  const std::int64_t value = step() ? number(0) : 0;
  reset();
  return value;
}

Database::Transaction::Transaction(Database& database, Access access)
    : database_(database), writes_(access == Access::write) {
  if (writes_) {
    const std::lock_guard turn(*database_.turn_);
    database_.begin_to_write_->run();
  } else {
    database_.begin_to_read_->run();
  }
  ++database_.transactions_;
}

Database::Transaction::~Transaction() {
  if (committed_) return;
  if (writes_) ++database_.undone_;
  if (sqlite3_get_autocommit(database_.database_.get()) == 0)
    sqlite3_exec(database_.database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::Transaction::commit() {
  database_.commit_->run();
  committed_ = true;
}

Database::Unsynced::Unsynced(Database& database)
    : database_(database), before_(database.run("PRAGMA synchronous")) {
  database_.run("PRAGMA synchronous = NORMAL");
}

Database::Unsynced::~Unsynced() {
  sqlite3_exec(database_.database_.get(), fmt::format("PRAGMA synchronous = {}", before_).c_str(),
               nullptr, nullptr, nullptr);
}

}  // namespace vtp
