// A file that says how far a listener has come with each of its brokers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/descriptor.h"
#include "lib/base/result.h"
#include "lib/voevent/event.h"

namespace vtp {

// Lines of text, each with a broker's name, a space, and the digest of an event in 64 hexadecimal
// digits: the last one up to which everything that the broker sent is done with. A name is any text
// without a newline (text_of an Endpoint).
//
// A value: one thread at a time for each. Of several programs on one file that have not claimed it, the one that
// writes last has its way.
class CursorFile {
 public:
  // Reads the file; where there is none, no broker has a cursor. Throws std::runtime_error, in one line
  // with the file's name, if it cannot be read or has anything else in it.
  explicit CursorFile(std::string path);

  // Keeps others from using the file, as long as this and its copies live, and reads it anew; it is made, empty, if
  // there is none. The problem, one line with the file's name, is that another program has claimed it, or that it
  // cannot be opened. A file that we may not write, or a file system without locks, keeps nobody. Throws as the constructor.
  [[nodiscard]] std::optional<Problem> claim();

  // As it was given.
  [[nodiscard]] const std::string& path() const { return name_; }

  [[nodiscard]] std::optional<Digest> find(const std::string& broker) const;

  void set(const std::string& broker, const Digest& cursor) { cursors_[broker] = cursor; }

  // Puts a file with all these cursors in place of the one that is there: whole, on disk, and with its
  // permissions. Waits for the disk. The problem, if there is one, is a line with the file's name; then
  // the file is as it was, except that after a failure to sync its folder it may have these cursors.
  [[nodiscard]] std::optional<Problem> write() const;

 private:
  void read_file();
  void read(const std::string& text);
  [[nodiscard]] std::string text() const;

  std::string name_;  // as it was given
  std::string path_;  // without links: what is at their end is to be replaced, and not they
  std::map<std::string, Digest> cursors_;
  std::shared_ptr<Descriptor> claimed_;  // the file, locked; none: nothing is
};

}  // namespace vtp
