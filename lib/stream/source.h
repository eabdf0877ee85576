// Reads documents from files and standard input, each a stream of one or more events.
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

// A document, or why there is none; and its location.
struct Document {
  std::string file;  // the name as given
  std::string
      location;         // in the file: "event 3 at byte 8123"; empty if the document is alone in it
  std::string bytes;    // exact
  std::string problem;  // why there are no bytes, one line; empty if there are
  std::uint64_t number = 0;  // of the document in its file, from 1; 0 for a problem of the file
  bool alone = false;        // the file has no other document, as far as is known without waiting
};

// How far a file is checked for being a stream of events, which it is not if most of its first
// records are not XML: up to this many records, and until this many bytes are reached.
inline constexpr std::size_t most_records_looked_at = 64;
inline constexpr std::size_t most_bytes_looked_at = 256 * 1024;

// Reads the documents of several files, one file after the other. One thread at a time.
class DocumentReader {
 public:
  // files: their names; empty for standard input. max_size: limit for one document, in bytes.
  DocumentReader(std::vector<std::string> files, std::size_t max_size);
  ~DocumentReader();

  // The next document, as soon as it is complete (see StreamReader); nothing at the end of the last
  // file. A file that cannot be opened or read, or that contains no document, gives one Document
  // with that problem; then the next file follows. The same goes for a file whose first bytes are
  // those of another kind of file (file_kind.h), or of whose first records most do not begin as XML
  // does: none of its documents is given. The check waits for more records only while most of those
  // so far do not begin as XML does.
  [[nodiscard]] std::optional<Document> next();

  // True if it is known that next() will not wait for the writer of the file; waits up to
  // `timeout` for that. False if next() would open a file, since that may be a pipe without a
  // writer.
  [[nodiscard]] bool ready(std::chrono::milliseconds timeout = {});

  // True if a file is open, and its end has not been reached as far as is known.
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
  std::size_t next_file_ = 0;  // index of the open file, or of the one to open next
  std::unique_ptr<OpenStream> stream_;
};

}  // namespace vtp
