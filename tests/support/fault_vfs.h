// A disk that fails when a test wants it to, under SQLite.
//
// While it lives, whatever opens a database does so through it. What is written goes into the real
// files, and so do reads. Beside that it knows of each file what has been synced, and what was written
// since: of that any part may be lost when the power fails. Syncing costs no time.
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
  full,   // half of it is written, and there is no room for the rest
  error,  // an input/output error; of a sync, what was to be synced never is
  cut,    // the power fails just before it
  torn    // the power fails in the middle of it
};

// What was not synced when the power failed.
enum class Unsynced { lost, kept, some_of_it };

// Any thread. One at a time.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // Counts from here on, and fails at the nth write, sync or truncation, from 1: at that alone,
  // or, if it lasts, from there on; the failing of the power always lasts.
  void fail_at(std::uint64_t nth, Fault fault, bool lasts = false);

  // Nothing fails from here on.
  void mend();

  // How many there were since then.
  [[nodiscard]] std::uint64_t steps() const;

  // Whether it has failed since then.
  [[nodiscard]] bool has_failed() const;

  // The files as the disk has them after the power failed. Nobody may have them open.
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

  mutable std::mutex mutex_;  // guards all that is here
  std::unique_ptr<sqlite3_vfs> vfs_;
  sqlite3_vfs* real_;
  std::map<std::string, Image> files_;
  std::uint64_t count_ = 0;
  std::uint64_t nth_ = 0;
  Fault fault_ = Fault::error;
  bool lasts_ = false;
};

}  // namespace vtp
