// Writes a database of SQLite's in large pieces. SQLite writes each page of its write-ahead journal
// in two calls, a header of 24 bytes and the page, and a transaction of ours changes some ten pages;
// a checkpoint copies thousands into the database, a call for each.
//
// What a transaction adds to the journal is held back until there is a commit in it, and then written
// at once: when SQLite has written the commit, it is all in the file, and an error is the error of
// that write. Nobody looks at what is held back: others do not read what is not committed, and our
// own reading of it (a transaction larger than the cache) writes it first. What is undone without
// having been written never is.
//
// A checkpoint that lets nobody write meanwhile (FULL, RESTART, TRUNCATE) writes pages that are
// neighbours at once. They stay in the journal until SQLite has been told that the last of them was
// written.
//
// On the format: https://www.sqlite.org/fileformat2.html, section 4; on the locks:
// https://www.sqlite.org/walformat.html, section 2.3.
#pragma once

#include <memory>
#include <string>

struct sqlite3_vfs;

namespace vtp {

// A VFS for one connection, which must not outlive it, to one database; one thread at a time. It is
// over what is SQLite's default when it is made.
class WriteCombiningVfs {
 public:
  WriteCombiningVfs();
  ~WriteCombiningVfs();
  WriteCombiningVfs(const WriteCombiningVfs&) = delete;
  WriteCombiningVfs& operator=(const WriteCombiningVfs&) = delete;

  // By which SQLite knows it.
  [[nodiscard]] const char* name() const { return name_.c_str(); }

 private:
  friend struct CombinedFile;
  class Journal;
  class Checkpoint;

  std::string name_;
  sqlite3_vfs* real_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Checkpoint> checkpoint_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace vtp
