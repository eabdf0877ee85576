// Saves events as files in a folder, one file per event, named after the ivorn.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/voevent/event.h"

namespace vtp {

// The name of an event's file without its ending, at most 120 bytes and valid on every file system:
// the ivorn without ivo://, in which every character except ASCII letters, digits and ._- becomes
// _. It does not begin with a dot or a dash, is not the name of a device (CON), and is never empty.
// Different ivorns may have the same stem.
[[nodiscard]] std::string file_stem(std::string_view ivorn);

// A file contains the event's bytes and is named STEM.xml. If another event has that name, or the
// ivorn had to be cut, the name is STEM@DIGEST.xml with the first 8 digits of the event's digest;
// if that is taken too, with all 64. A stem contains no @, so no ivorn can produce such a name.
// Names have at most 189 bytes.
//
// Rejected: numbers as suffixes (STEM-2.xml). If an author used one ivorn a thousand times, a
// thousand files would have to be compared for each event.
//
// Any thread; any number of processes may use the same folder, also on several machines that share
// it.
class EventFolder {
 public:
  // Makes the folder if it does not exist, but not its parents. Throws std::runtime_error, one line
  // with the folder's name, if files cannot be made in it.
  explicit EventFolder(std::string folder);

  // Returns the path of the event's file, which is then complete and synced to disk. If the event
  // is already saved, that is its existing file. Existing files are never overwritten. Waits for
  // the disk. The problem is one line with the folder's name and the cause; then there is no new
  // file, except that after a failure to sync the folder the event's file may remain. A process
  // that is killed while saving leaves a file .vtp-*.part.
  [[nodiscard]] Result<std::string> save(const Event& event) const;

 private:
  [[nodiscard]] std::string new_temporary_path() const;

  std::string folder_;
  std::uint64_t token_;  // distinguishes the temporary files of this object from all others
  mutable std::atomic<unsigned> count_{0};
};

}  // namespace vtp
