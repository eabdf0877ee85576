// The write-combining VFS: a layer under SQLite that joins small writes to a database. SQLite
// writes each page of its write-ahead log (the journal, here) in two calls, a header of 24 bytes
// and the page; one transaction of ours changes about ten pages. A checkpoint copies thousands of
// pages into the database, with one call for each.
//
// What a transaction adds to the journal is held back until it contains a commit, and is then
// written in one call. So when SQLite has written the commit, all of it is in the file, and an
// error is reported by that write. Nobody needs the data before: other programs do not read what is
// not committed, and before our own reads (for a transaction larger than the cache) it is written.
// A transaction that is undone before it was written is never written.
//
// A checkpoint that blocks writers meanwhile (FULL, RESTART, TRUNCATE) writes adjacent pages in one
// call. They stay in the journal until SQLite has been told that the last of them is written.
//
// Format: https://www.sqlite.org/fileformat2.html, section 4; locks:
// https://www.sqlite.org/walformat.html, section 2.3.
#pragma once

#include <memory>
#include <string>

struct sqlite3_vfs;

namespace vtp {

// A VFS for one connection, which must not outlive it, to one database. One thread at a time. It
// uses the VFS that is SQLite's default when it is created.
class WriteCombiningVfs {
 public:
  WriteCombiningVfs();
  ~WriteCombiningVfs();
  WriteCombiningVfs(const WriteCombiningVfs&) = delete;
  WriteCombiningVfs& operator=(const WriteCombiningVfs&) = delete;

  // The name under which it is registered with SQLite.
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
