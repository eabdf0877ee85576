// A file with the cursors of a listener: for each of its brokers, and each partition of its topics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "lib/base/descriptor.h"
#include "lib/base/result.h"
#include "lib/voevent/event.h"

namespace vtp {

// The last event up to which all that the broker sent are finished, or the offset of the next
// message of a partition.
using Cursor = std::variant<Digest, std::int64_t>;

// Lines of text, each with a name, a space, and a cursor: the digest of an event in 64 hexadecimal
// digits, or an offset in up to 18 decimal digits. The name of a broker is any text without a
// newline (text_of an Endpoint), that of a partition begins with "kafka:" (partition_name).
//
// A value type; one thread at a time. If several programs use one file without claim(), the last to
// write wins.
class CursorFile {
 public:
  // Reads the file; without a file, nobody has a cursor. Throws std::runtime_error, with one
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

  // Those of the partitions whose names begin so, by the rest of their names.
  [[nodiscard]] std::map<std::string, std::int64_t> offsets_below(const std::string& prefix) const;

  void set(const std::string& name, const Cursor& cursor) { cursors_[name] = cursor; }

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
  std::map<std::string, Cursor> cursors_;
  std::shared_ptr<Descriptor> claimed_;  // the locked file; nullptr: not claimed
};

}  // namespace vtp
