// Events as files in a folder, one each, named from the ivorn.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/voevent/event.h"

namespace vtp {

// The name for an event's file without its ending, at most 120 bytes that every file system takes:
// the ivorn without ivo://, all but ASCII letters, digits and ._- as _. It does not begin with a
// dot or a dash, is no device's name (CON), and is never empty. Different ivorns may get the same.
[[nodiscard]] std::string file_stem(std::string_view ivorn);

// A file has the event's bytes and the name STEM.xml. Where another event has that name already, or
// the ivorn had to be cut short, it is STEM@DIGEST.xml with the first 8 digits of the event's
// digest, and if that is taken as well, with all 64. A stem has no @ in it, so that no ivorn can
// take the place of such a name. Names are at most 189 bytes.
//
// Rejected: numbers as suffixes (STEM-2.xml), since an author who uses one ivorn a thousand times
// would make a thousand files be looked at for each event.
//
// Any thread, and any number of processes on one folder, on any machines that share it.
class EventFolder {
 public:
  // Makes the folder if there is none, but not the one that it would be in. Throws
  // std::runtime_error, one line with the folder's name, if files cannot be made in it.
  explicit EventFolder(std::string folder);

  // Gives the path of the event's file, which is on disk under that name, and whole. An event that
  // is there already has its file. What is there is never overwritten. Waits for the disk. The
  // problem is one line with the folder's name and the cause; no file is left then, except that
  // after a failure to sync the folder the event's file may stay. A process that is killed in the
  // middle leaves a file .vtp-*.part.
  [[nodiscard]] Result<std::string> save(const Event& event) const;

 private:
  [[nodiscard]] std::string new_temporary_path() const;

  std::string folder_;
  std::uint64_t token_;  // tells this object's temporary files from everybody else's
  mutable std::atomic<unsigned> count_{0};
};

}  // namespace vtp
