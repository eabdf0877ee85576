// A file with the cursor of a listener for each of its brokers.
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
// digits: the last event up to which all that the broker sent are finished. A name is any text
// without a newline (text_of an Endpoint).
//
// A value type; one thread at a time. If several programs use one file without claim(), the last to
// write wins.
class CursorFile {
 public:
  // Reads the file; without a file, no broker has a cursor. Throws std::runtime_error, with one
  // line that names the file, if it cannot be read or is no cursor file.
  explicit CursorFile(std::string path);

  // Keeps other programs from using the file while this object and its copies live, and reads it
  // again; an empty file is created if there is none. The problem, one line with the file's name,
  // is that another program has claimed it, or that it cannot be opened. If the file is not
  // writable, or the file system has no locks, other programs are not kept out. Throws as the
  // constructor.
  [[nodiscard]] std::optional<Problem> claim();

  // The path as given.
  [[nodiscard]] const std::string& path() const { return name_; }

  [[nodiscard]] std::optional<Digest> find(const std::string& broker) const;

  void set(const std::string& broker, const Digest& cursor) { cursors_[broker] = cursor; }

  // Replaces the file by one with these cursors: complete, on disk, and with the same permissions.
  // Waits for the disk. A problem is one line with the file's name; the file is then unchanged,
  // except that after a failure to sync its folder it may have the new cursors.
  [[nodiscard]] std::optional<Problem> write() const;

 private:
  void read_file();
  void read(const std::string& text);
  [[nodiscard]] std::string text() const;

  std::string name_;  // as given
  std::string path_;  // without links: the file is replaced, not a link to it
  std::map<std::string, Digest> cursors_;
  std::shared_ptr<Descriptor> claimed_;  // the locked file; nullptr: not claimed
};

}  // namespace vtp
