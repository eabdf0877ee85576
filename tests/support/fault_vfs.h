// A disk under SQLite that fails when a test wants it to.
//
// While it lives, every database is opened through it. Reads and writes go to the real files. In
// addition, it records for each file what was synced and what was written since; any part of the
// latter may be lost when the power fails. Syncing takes no time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace vtp {

enum class Fault {
  full,   // half is written, and there is no space for the rest
  error,  // an input/output error; after a failed sync the data never reaches the disk
  cut,    // the power fails just before the operation
  torn    // the power fails in the middle of the operation
};

// What happens to unsynced data when the power fails.
enum class Unsynced { lost, kept, some_of_it };

// Any thread. One at a time.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // Counts from now on, and fails at the nth write, sync or truncation, from 1: only at that or, if
  // `lasts`, from there on. A power failure always lasts.
  void fail_at(std::uint64_t nth, Fault fault, bool lasts = false);

  // Nothing fails from now on.
  void mend();

  // The number of operations since then.
  [[nodiscard]] std::uint64_t steps() const;

  // Whether one has failed since then.
  [[nodiscard]] bool has_failed() const;

  // The files as they are on the disk after the power failure. No program may have them open.
  void power_on(Unsynced unsynced, std::mt19937& random);

 private:
  friend struct FaultyFile;

  struct Change {
    std::int64_t at = 0;
    std::string bytes;
    bool truncates = false;
  };
  struct Image {
    std::string synced;
    std::vector<Change> since;
  };

  enum class Step { go_on, half, fail };
  Step next_step();
  int code_of(int error_code) const;
  static void apply(std::string& content, const Change& change);

  mutable std::mutex mutex_;  // guards all members
  std::unique_ptr<sqlite3_vfs> vfs_;
  sqlite3_vfs* real_;
  std::map<std::string, Image> files_;
  std::uint64_t count_ = 0;
  std::uint64_t nth_ = 0;
  Fault fault_ = Fault::error;
  bool lasts_ = false;
};

}  // namespace vtp
