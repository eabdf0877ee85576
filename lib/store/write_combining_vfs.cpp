#include "lib/store/write_combining_vfs.h"

#include <algorithm>
#include <cstddef>
#include <new>

#include <fmt/format.h>
#include <sqlite3.h>

namespace vtp {
namespace {

constexpr int frame_header = 24;  // bytes before each page
constexpr std::size_t most_at_once =
    0x1FFFF;  // bytes; the most that SQLite's own VFS writes in one call

// Indexes of SQLite's locks in the shared memory.
constexpr int write_lock = 0;
constexpr int checkpoint_lock = 1;
constexpr int first_read_lock = 3;

// Bytes 4 to 7 of a frame's header: the size of the database in pages if it is a commit, else 0.
bool is_commit(const char* header) {
  return std::any_of(header + 4, header + 8, [](char byte) { return byte != 0; });
}

// Consecutive bytes of a file that are held back.
class Piece {
 public:
  [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
  [[nodiscard]] sqlite3_int64 begin() const { return begin_; }
  [[nodiscard]] sqlite3_int64 end() const {
    return begin_ + static_cast<sqlite3_int64>(bytes_.size());
  }
  [[nodiscard]] bool takes(int size, sqlite3_int64 at) const {
    return is_empty() ||
           (at == end() && bytes_.size() + static_cast<std::size_t>(size) <= most_at_once);
  }
  void add(const char* data, int size, sqlite3_int64 at) {
    if (is_empty()) begin_ = at;
    bytes_.append(data, static_cast<std::size_t>(size));
  }
  // Nothing is held back afterwards, even after an error.
  int write_to(sqlite3_file* file) {
    if (is_empty()) return SQLITE_OK;
    const int status =
        file->pMethods->xWrite(file, bytes_.data(), static_cast<int>(bytes_.size()), begin_);
    drop();
    return status;
  }
  void drop() { bytes_.clear(); }

 private:
  std::string bytes_;
  sqlite3_int64 begin_ = 0;
};

}  // namespace

// The bytes of an open journal that are held back. All functions return SQLite's codes.
class WriteCombiningVfs::Journal {
 public:
  void open(sqlite3_file* real) { real_ = real; }
  void close() {
    end_transaction();
    real_ = nullptr;
  }

  int write(const char* data, int size, sqlite3_int64 at);
  int read(void* data, int size, sqlite3_int64 at);
  int flush();

  // Drops what is held back: the transaction is undone, since a commit would have written it.
  void end_transaction();

 private:
  bool hold(const char* data, int size, sqlite3_int64 at);

  sqlite3_file* real_ = nullptr;
  Piece held_;
  sqlite3_int64 end_ = 0;    // end of what this transaction has added
  bool wants_page_ = false;  // a header was added last
  bool commits_ = false;     // that header marks a commit
  int error_ = SQLITE_OK;    // of the first failed write of this transaction
  sqlite3_int64 lost_ = 0;   // after an error: bytes from here on are not written
};

int WriteCombiningVfs::Journal::write(const char* data, int size, sqlite3_int64 at) {
  if (hold(data, size, at)) return commits_ && !wants_page_ ? flush() : error_;
  if (flush() != SQLITE_OK) return error_;
  lost_ = at;
  return error_ = real_->pMethods->xWrite(real_, data, size, at);
}

// True if these bytes are a page or its header, directly after what was added before. Nothing else
// is held back, such as the journal's own header or parts that are rewritten.
bool WriteCombiningVfs::Journal::hold(const char* data, int size, sqlite3_int64 at) {
  const bool follows = at == end_ && end_ > 0;
  if (wants_page_ ? !follows : size != frame_header || at < end_) {
    wants_page_ = false;
    return false;
  }
  if (!held_.takes(size, at)) flush();
  held_.add(data, size, at);
  end_ = at + size;
  wants_page_ = !wants_page_;
  if (wants_page_) commits_ = is_commit(data);
  return true;
}

// After an error the transaction can only be undone, even if the caller ignores the error.
int WriteCombiningVfs::Journal::flush() {
  if (held_.is_empty() || error_ != SQLITE_OK) return error_;
  lost_ = held_.begin();
  return error_ = held_.write_to(real_);
}

int WriteCombiningVfs::Journal::read(void* data, int size, sqlite3_int64 at) {
  if (!held_.is_empty() && at + size > held_.begin()) flush();
  if (error_ != SQLITE_OK && at + size > lost_) return error_;
  return real_->pMethods->xRead(real_, data, size, at);
}

void WriteCombiningVfs::Journal::end_transaction() {
  held_.drop();
  end_ = 0;
  wants_page_ = false;
  error_ = SQLITE_OK;
}

// What a checkpoint copies from the journal into the database. A checkpoint that reaches the
// journal's end then truncates the database, and that call can report an error of the last piece.
// Any other checkpoint makes no call after its last page, so nothing of it is held back. A
// checkpoint reaches the end if writers are blocked meanwhile and all readers' locks were granted
// to it.
class WriteCombiningVfs::Checkpoint {
 public:
  // Notes the result of a lock call.
  void see_lock(int offset, int flags, int status);

  void begin() { combines_ = writes_ && gets_to_the_end_; }
  void end() { combines_ = false; }
  int write(sqlite3_file* real, const char* data, int size, sqlite3_int64 at);
  int flush(sqlite3_file* real);

 private:
  bool writes_ = false;           // we hold the write lock
  bool gets_to_the_end_ = false;  // as far as the locks show
  bool combines_ = false;
  Piece held_;
  int error_ = SQLITE_OK;  // of the first failed piece
};

void WriteCombiningVfs::Checkpoint::see_lock(int offset, int flags, int status) {
  const bool wanted = flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
  const bool got = wanted && status == SQLITE_OK;
  if (offset == write_lock) writes_ = got;
  if (offset >= first_read_lock && wanted && !got) gets_to_the_end_ = false;
  if (offset != checkpoint_lock) return;
  // A checkpoint begins or has ended: data that is still held back belongs to one that failed.
  gets_to_the_end_ = got;
  combines_ = false;
  held_.drop();
  error_ = SQLITE_OK;
}

int WriteCombiningVfs::Checkpoint::write(sqlite3_file* real, const char* data, int size,
                                         sqlite3_int64 at) {
  if (!combines_ || !held_.takes(size, at))
    if (const int status = flush(real); status != SQLITE_OK) return status;
  if (!combines_) return real->pMethods->xWrite(real, data, size, at);
  held_.add(data, size, at);
  return SQLITE_OK;
}

int WriteCombiningVfs::Checkpoint::flush(sqlite3_file* real) {
  if (error_ == SQLITE_OK) error_ = held_.write_to(real);
  return error_;
}

// An open file as SQLite sees it; the real file follows it in memory.
struct CombinedFile {
  sqlite3_file base;
  WriteCombiningVfs* vfs;
  enum class Kind { database, journal, other } kind;

  static CombinedFile& of(sqlite3_file* file) { return *reinterpret_cast<CombinedFile*>(file); }
  static WriteCombiningVfs& of(sqlite3_vfs* vfs) {
    return *static_cast<WriteCombiningVfs*>(vfs->pAppData);
  }
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  WriteCombiningVfs::Journal& journal() { return *vfs->journal_; }
  WriteCombiningVfs::Checkpoint& checkpoint() { return *vfs->checkpoint_; }
  int flush();

  template <auto method, class... Args>
  static int pass(sqlite3_file* file, Args... args);
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int close(sqlite3_file* file);
  static int read(sqlite3_file* file, void* data, int size, sqlite3_int64 at);
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at);
  static int control(sqlite3_file* file, int what, void* argument);
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags);
  static void shm_barrier(sqlite3_file* file);
  static std::unique_ptr<sqlite3_vfs> vfs_over(sqlite3_vfs& real, WriteCombiningVfs& self);
};

namespace {

template <auto method, class... Args>
int call(sqlite3_file* real, Args... args) {
  return (real->pMethods->*method)(real, args...);
}

}  // namespace

int CombinedFile::flush() {
  if (kind == Kind::journal) return journal().flush();
  return kind == Kind::database ? checkpoint().flush(real()) : SQLITE_OK;
}

// Calls the method of the real file after writing what is held back.
template <auto method, class... Args>
int CombinedFile::pass(sqlite3_file* file, Args... args) {
  CombinedFile& self = of(file);
  if (const int status = self.flush(); status != SQLITE_OK) return status;
  return call<method>(self.real(), args...);
}

int CombinedFile::close(sqlite3_file* file) {
  CombinedFile& self = of(file);
  if (self.kind == Kind::journal) self.journal().close();
  return call<&sqlite3_io_methods::xClose>(self.real());
}

int CombinedFile::read(sqlite3_file* file, void* data, int size, sqlite3_int64 at) {
  CombinedFile& self = of(file);
  if (self.kind == Kind::journal) return self.journal().read(data, size, at);
  return pass<&sqlite3_io_methods::xRead>(file, data, size, at);
}

int CombinedFile::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  CombinedFile& self = of(file);
  const auto* bytes = static_cast<const char*>(data);
  if (self.kind == Kind::journal) return self.journal().write(bytes, size, at);
  if (self.kind == Kind::database) return self.checkpoint().write(self.real(), bytes, size, at);
  return call<&sqlite3_io_methods::xWrite>(self.real(), data, size, at);
}

int CombinedFile::control(sqlite3_file* file, int what, void* argument) {
  CombinedFile& self = of(file);
  if (what == SQLITE_FCNTL_CKPT_START) self.checkpoint().begin();
  const int status = pass<&sqlite3_io_methods::xFileControl>(file, what, argument);
  if (what == SQLITE_FCNTL_CKPT_DONE) self.checkpoint().end();
  return status;
}

// A method of the database's file. The journal is only written under this lock.
int CombinedFile::shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  CombinedFile& self = of(file);
  if (offset == write_lock && (flags & SQLITE_SHM_UNLOCK) != 0) self.journal().end_transaction();
  const int status = call<&sqlite3_io_methods::xShmLock>(self.real(), offset, count, flags);
  self.checkpoint().see_lock(offset, flags, status);
  return status;
}

void CombinedFile::shm_barrier(sqlite3_file* file) {
  sqlite3_file* real = of(file).real();
  real->pMethods->xShmBarrier(real);
}

namespace {

// Version 2 has no memory mapping, which would bypass this layer.
constexpr sqlite3_io_methods combined_methods = {
    .iVersion = 2,
    .xClose = CombinedFile::close,
    .xRead = CombinedFile::read,
    .xWrite = CombinedFile::write,
    .xTruncate = CombinedFile::pass<&sqlite3_io_methods::xTruncate>,
    .xSync = CombinedFile::pass<&sqlite3_io_methods::xSync>,
    .xFileSize = CombinedFile::pass<&sqlite3_io_methods::xFileSize>,
    .xLock = CombinedFile::pass<&sqlite3_io_methods::xLock>,
    .xUnlock = CombinedFile::pass<&sqlite3_io_methods::xUnlock>,
    .xCheckReservedLock = CombinedFile::pass<&sqlite3_io_methods::xCheckReservedLock>,
    .xFileControl = CombinedFile::control,
    .xSectorSize = CombinedFile::pass<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = CombinedFile::pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = CombinedFile::pass<&sqlite3_io_methods::xShmMap>,
    .xShmLock = CombinedFile::shm_lock,
    .xShmBarrier = CombinedFile::shm_barrier,
    .xShmUnmap = CombinedFile::pass<&sqlite3_io_methods::xShmUnmap>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

}  // namespace

int CombinedFile::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                       int* out) {
  WriteCombiningVfs& combining = of(vfs);
  auto& self = *new (file) CombinedFile{{nullptr}, &combining, Kind::other};
  const int status = combining.real_->xOpen(combining.real_, name, self.real(), flags, out);
  if (self.real()->pMethods) self.base.pMethods = &combined_methods;
  if (status == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) self.kind = Kind::database;
  if (status == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
    self.kind = Kind::journal;
    self.journal().open(self.real());
  }
  return status;
}

// The functions of the real VFS must be called with the real VFS.
std::unique_ptr<sqlite3_vfs> CombinedFile::vfs_over(sqlite3_vfs& real, WriteCombiningVfs& self) {
  auto vfs = std::make_unique<sqlite3_vfs>(real);
  vfs->zName = self.name();
  vfs->szOsFile = static_cast<int>(sizeof(CombinedFile)) + real.szOsFile;
  vfs->pNext = nullptr;
  vfs->pAppData = &self;
  vfs->xOpen = CombinedFile::open;
  vfs->xDelete = [](sqlite3_vfs* over, const char* name, int sync_folder) {
    return of(over).real_->xDelete(of(over).real_, name, sync_folder);
  };
  vfs->xAccess = [](sqlite3_vfs* over, const char* name, int flags, int* out) {
    return of(over).real_->xAccess(of(over).real_, name, flags, out);
  };
  vfs->xFullPathname = [](sqlite3_vfs* over, const char* name, int size, char* out) {
    return of(over).real_->xFullPathname(of(over).real_, name, size, out);
  };
  return vfs;
}

WriteCombiningVfs::WriteCombiningVfs()
    : name_(fmt::format("vtp-write-combining-{}", fmt::ptr(this))),
      real_(sqlite3_vfs_find(nullptr)),
      journal_(std::make_unique<Journal>()),
      checkpoint_(std::make_unique<Checkpoint>()),
      vfs_(CombinedFile::vfs_over(*real_, *this)) {
  sqlite3_vfs_register(vfs_.get(), /*makeDflt=*/0);
}

WriteCombiningVfs::~WriteCombiningVfs() { sqlite3_vfs_unregister(vfs_.get()); }

}  // namespace vtp
