// Documents from files and standard input.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/input_file.h"
#include "lib/base/result.h"
#include "lib/stream/stream.h"

namespace vtp {

// A document, or why there is none, and where it stands.
struct Document {
  std::string file;  // as it was named
  std::string
      location;         // in it, for people: "event 3 at byte 8123"; empty if the file has no other
  std::string bytes;    // exact
  std::string problem;  // why there are no bytes, one line; empty if there are
  std::uint64_t number = 0;  // of the document in its file, from 1; 0 if the problem is the file's
  bool alone = false;        // the file has no other, as far as that can be known without waiting
};

// Of a file's first so many records, if they are there, it is seen whether most are no XML: then it is no
// stream of events. And records of so many bytes at most, and one more.
inline constexpr std::size_t most_records_looked_at = 64;
inline constexpr std::size_t most_bytes_looked_at = 256 * 1024;

// The documents of files that are streams, one file after the other. One thread at a time.
class DocumentReader {
 public:
  // files: their names; none for standard input. max_size: of one document, in bytes.
  DocumentReader(std::vector<std::string> files, std::size_t max_size);
  ~DocumentReader();

  // The next document, as soon as it is there (see StreamReader); nothing at the end of the last
  // file. A file that cannot be opened or read, or has no document in it, gives one with that
  // problem, and the next file follows; so does one that is known for something else by its first bytes
  // (file_kind.h), or of whose first records most do not begin as XML does, without any document of it. More
  // is waited for to say that only as long as most of those that are there do not.
  [[nodiscard]] std::optional<Document> next();

  // True if it is known that next() need not wait for the other side any more; waits so long for
  // that. Of a file that next() is to open, which may be a pipe that nobody writes to, nothing is
  // known.
  [[nodiscard]] bool ready(std::chrono::milliseconds patience = {});

  // A file is open, and has not come to its end as far as that is known.
  [[nodiscard]] bool within_file();

 private:
  struct OpenStream;
  [[nodiscard]] std::string problem_of_stream();
  void look_ahead();
  [[nodiscard]] Document document_of(StreamRecord record) const;
  [[nodiscard]] Document end_file(Problem problem);
  void close_file();

  std::vector<std::string> files_;
  std::size_t max_size_;
  std::size_t next_file_ = 0;  // the one that is open, if any is
  std::unique_ptr<OpenStream> stream_;
};

}  // namespace vtp
