#include "tests/support/fault_vfs.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>

#include <sqlite3.h>

#include "tests/support/temporary.h"

namespace vtp {

// An open file as SQLite sees it; the real file follows it in memory.
struct FaultyFile {
  sqlite3_file base;
  FaultyDisk* disk;
  const char* name;  // nullptr if it is not one of a database's files

  static FaultyFile& of(sqlite3_file* file) { return *reinterpret_cast<FaultyFile*>(file); }
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *real()->pMethods; }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder);
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at);
  static int sync(sqlite3_file* file, int flags);
  static int truncate(sqlite3_file* file, sqlite3_int64 size);
  int put(const void* data, int size, sqlite3_int64 at);
};

namespace {

// Calls the method of the real file.
template <auto method, class... Args>
int pass(sqlite3_file* file, Args... args) {
  FaultyFile& faulty = FaultyFile::of(file);
  return (faulty.methods().*method)(faulty.real(), args...);
}

int close(sqlite3_file* file) { return pass<&sqlite3_io_methods::xClose>(file); }
void shm_barrier(sqlite3_file* file) {
  FaultyFile& faulty = FaultyFile::of(file);
  faulty.methods().xShmBarrier(faulty.real());
}

// Version 2 has no memory mapping, which would bypass this layer.
constexpr sqlite3_io_methods faulty_methods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = pass<&sqlite3_io_methods::xRead>,
    .xWrite = FaultyFile::write,
    .xTruncate = FaultyFile::truncate,
    .xSync = FaultyFile::sync,
    .xFileSize = pass<&sqlite3_io_methods::xFileSize>,
    .xLock = pass<&sqlite3_io_methods::xLock>,
    .xUnlock = pass<&sqlite3_io_methods::xUnlock>,
    .xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock>,
    .xFileControl = pass<&sqlite3_io_methods::xFileControl>,
    .xSectorSize = pass<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = pass<&sqlite3_io_methods::xShmMap>,
    .xShmLock = pass<&sqlite3_io_methods::xShmLock>,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

FaultyDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FaultyDisk*>(vfs->pAppData); }

}  // namespace

int FaultyFile::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  FaultyDisk& disk = disk_of(vfs);
  auto& faulty = *new (file) FaultyFile{{nullptr}, &disk, nullptr};
  const int status = disk.real_->xOpen(disk.real_, name, faulty.real(), flags, out);
  if (faulty.real()->pMethods) faulty.base.pMethods = &faulty_methods;
  if (status != SQLITE_OK || !name ||
      !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)))
    return status;
  const std::lock_guard lock(disk.mutex_);
  faulty.name = name;
  if (!disk.files_.contains(name)) disk.files_[name].synced = content(name);
  return status;
}

int FaultyFile::remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  FaultyDisk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex_);
  if (disk.next_step() != FaultyDisk::Step::go_on) return SQLITE_IOERR_DELETE;
  disk.files_.erase(name);
  return disk.real_->xDelete(disk.real_, name, sync_folder);
}

int FaultyFile::put(const void* data, int size, sqlite3_int64 at) {
  disk->files_[name].since.push_back(
      {at, {static_cast<const char*>(data), static_cast<std::size_t>(size)}});
  return methods().xWrite(real(), data, size, at);
}

int FaultyFile::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  FaultyFile& self = of(file);
  if (!self.name) return pass<&sqlite3_io_methods::xWrite>(file, data, size, at);
  const std::lock_guard lock(self.disk->mutex_);
  switch (self.disk->next_step()) {
    case FaultyDisk::Step::go_on:
      return self.put(data, size, at);
    case FaultyDisk::Step::half:
      self.put(data, size / 2, at);
      break;
    case FaultyDisk::Step::fail:
      break;
  }
  return self.disk->code_of(SQLITE_IOERR_WRITE);
}

int FaultyFile::sync(sqlite3_file* file, int flags) {
  FaultyFile& self = of(file);
  if (!self.name) return pass<&sqlite3_io_methods::xSync>(file, flags);
  const std::lock_guard lock(self.disk->mutex_);
  FaultyDisk::Image& image = self.disk->files_[self.name];
  if (self.disk->next_step() != FaultyDisk::Step::go_on) {
    // The system treats those pages as clean from now on, as Linux does.
    if (self.disk->fault_ == Fault::error) image.since.clear();
    return SQLITE_IOERR_FSYNC;
  }
  for (const FaultyDisk::Change& change : image.since)
    FaultyDisk::apply(image.synced, change);
  image.since.clear();
  return SQLITE_OK;
}

int FaultyFile::truncate(sqlite3_file* file, sqlite3_int64 size) {
  FaultyFile& self = of(file);
  if (!self.name) return pass<&sqlite3_io_methods::xTruncate>(file, size);
  const std::lock_guard lock(self.disk->mutex_);
  if (self.disk->next_step() != FaultyDisk::Step::go_on) return SQLITE_IOERR_TRUNCATE;
  self.disk->files_[self.name].since.push_back({size, {}, true});
  return self.methods().xTruncate(self.real(), size);
}

FaultyDisk::FaultyDisk() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = std::make_unique<sqlite3_vfs>(*real_);
  vfs_->zName = "faulty-disk";
  vfs_->szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_->szOsFile;
  vfs_->pNext = nullptr;
  vfs_->pAppData = this;
  vfs_->xOpen = FaultyFile::open;
  vfs_->xDelete = FaultyFile::remove;
  // These functions of the real VFS must be called with the real VFS.
  vfs_->xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    return disk_of(vfs).real_->xAccess(disk_of(vfs).real_, name, flags, out);
  };
  vfs_->xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
    return disk_of(vfs).real_->xFullPathname(disk_of(vfs).real_, name, size, out);
  };
  sqlite3_vfs_register(vfs_.get(), /*makeDflt=*/1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(vfs_.get());
  sqlite3_vfs_register(real_, /*makeDflt=*/1);
}

void FaultyDisk::fail_at(std::uint64_t nth, Fault fault, bool lasts) {
  const std::lock_guard lock(mutex_);
  count_ = 0;
  nth_ = nth;
  fault_ = fault;
  lasts_ = lasts || fault == Fault::cut || fault == Fault::torn;
}

void FaultyDisk::mend() {
  const std::lock_guard lock(mutex_);
  nth_ = 0;
}

std::uint64_t FaultyDisk::steps() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool FaultyDisk::has_failed() const {
  const std::lock_guard lock(mutex_);
  return nth_ > 0 && count_ >= nth_;
}

// The fate of the next operation.
FaultyDisk::Step FaultyDisk::next_step() {
  ++count_;
  if (nth_ == 0 || count_ < nth_ || (count_ > nth_ && !lasts_)) return Step::go_on;
  const bool partly = fault_ == Fault::full || fault_ == Fault::torn;
  return count_ == nth_ && partly ? Step::half : Step::fail;
}

int FaultyDisk::code_of(int error_code) const {
  return fault_ == Fault::full ? SQLITE_FULL : error_code;
}

void FaultyDisk::apply(std::string& content, const Change& change) {
  const auto at = static_cast<std::size_t>(change.at);
  if (change.truncates) return content.resize(at);
  if (content.size() < at + change.bytes.size()) content.resize(at + change.bytes.size());
  content.replace(at, change.bytes.size(), change.bytes);
}

void FaultyDisk::power_on(Unsynced unsynced, std::mt19937& random) {
  const std::lock_guard lock(mutex_);
  nth_ = 0;
  for (auto& [name, image] : files_) {
    for (Change& change : image.since) {
      const auto fate = unsynced == Unsynced::some_of_it ? random() % 4 : 0;
      if (unsynced == Unsynced::lost || fate == 1) continue;
      if (fate == 2) change.bytes.resize(change.bytes.empty() ? 0 : random() % change.bytes.size());
      apply(image.synced, change);
    }
    image.since.clear();
    std::ofstream(name, std::ios::binary | std::ios::trunc) << image.synced;
    std::filesystem::remove(name + "-shm");
  }
  files_.clear();
}

}  // namespace vtp
