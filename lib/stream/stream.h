// The format of streams between programs: events on a file descriptor, each followed by one NUL
// byte, which XML cannot contain. Bytes stay exact, so that the digest does not change in a pipe;
// and xargs -0, read -d '' and sort -z understand the format. vtp-stream(5) describes it for users.
//
// UTF-16 contains NUL bytes. So a document that begins with its byte-order mark ends with the NUL
// character of UTF-16, two NUL bytes at an even offset in the document, or with the end of the
// input. Rejected: letting such a document always extend to the end of the input. A single event in
// UTF-16, which any author may submit, would then end a relay that had run for months.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "lib/base/result.h"

namespace vtp {

// The default limit for the size of an event, in bytes.
inline constexpr std::size_t default_max_event_size = 4 * 1024 * 1024;

// What is written after each event to a pipe or file; to a terminal it is always a newline, except
// with `none`, which is for texts that are not documents, have their own ends, and are harmless to
// a terminal.
enum class StreamEnd { nul, newline, none };

// A reader that takes nothing for this long counts as stalled.
inline constexpr std::chrono::milliseconds stalled_after{100};

// Writes a stream. One thread at a time, except interrupt().
class StreamWriter {
 public:
  // The caller owns fd, which may be blocking or not, and must ignore SIGPIPE.
  explicit StreamWriter(int fd, StreamEnd end = StreamEnd::nul);

  // Writes the whole event and its end, waiting for the reader as long as necessary; nothing is
  // buffered. To a terminal each line is written in the form of printable(). The event must not
  // contain a NUL, unless it is in UTF-16 with a byte-order mark: otherwise a reader would see two
  // events. EPIPE means that there is no reader any more. After an error a part of the event may
  // have been written, and the stream must not be used any more. stalled: called once if the reader
  // takes nothing for stalled_after; then write() continues to wait.
  [[nodiscard]] std::error_code write(std::string_view event,
                                      const std::function<void()>& stalled = {});

  // Waits up to `timeout` until there is room, or an error that the next write will report.
  // Returns false at the timeout. wait_for_room() has no timeout.
  [[nodiscard]] bool has_room(std::chrono::milliseconds timeout) const;
  void wait_for_room() const;

  // Makes a write() that waits for the reader return soon with ECANCELED, and all later ones that
  // would wait. Any thread.
  void interrupt() { interrupted_ = true; }

 private:
  int fd_;
  bool to_terminal_;
  StreamEnd end_;
  bool may_wait_;  // not a regular file
  std::atomic<bool> interrupted_{false};
};

// One document of a stream.
struct StreamRecord {
  std::string bytes;         // exact; empty if the record is too large
  std::uint64_t number = 0;  // from 1; empty records are not counted
  std::uint64_t offset = 0;  // in the input, in bytes
  bool alone = false;        // the input has no other record, as far as is known
  bool too_large = false;    // larger than the limit; the rest of the record is skipped
};

// Reads a stream as it arrives: returns a record as soon as its end has arrived. The last record
// may also end with the input, so a file with one document is a stream of one. Records of only
// white space count as empty and are skipped, unless they are too large. The memory used follows
// the largest record, and is at most max_size plus one read buffer. One thread at a time.
class StreamReader {
 public:
  // The caller owns fd, which must be blocking. max_size: limit for a record, in bytes.
  StreamReader(int fd, std::size_t max_size);

  // Waits for the next record and returns it; nothing at the end of the input. The problem is the
  // system's error message; after it comes the end of the input.
  [[nodiscard]] Result<std::optional<StreamRecord>> next();

  // The first bytes of the input, for use before the first next(): waits for at least `least`
  // bytes, or for the end of the input. Valid until the next call of any function of this class.
  [[nodiscard]] std::string_view front(std::size_t least);

  // True if next() will not wait for the writer; waits up to `timeout` for that.
  [[nodiscard]] bool ready(std::chrono::milliseconds timeout = {});

  // True if it is known that there is no further record.
  [[nodiscard]] bool ended() { return finished_ && !at_record(); }

 private:
  struct Found {
    std::size_t size;      // of the record
    std::size_t end_size;  // of the NUL after it; 0 at the end of the input
  };
  [[nodiscard]] bool at_record();
  [[nodiscard]] StreamRecord take();
  [[nodiscard]] std::optional<Found> find_end();
  [[nodiscard]] bool nothing_follows();
  void drop(std::size_t size);
  void read_some();

  int fd_;
  std::size_t max_size_;
  bool regular_;  // a regular file, whose end is found without waiting
  std::string buffer_;
  std::size_t begin_ = 0;     // of the bytes that were read and not returned yet
  std::size_t end_ = 0;       // of the bytes that were read
  std::size_t scanned_ = 0;   // number of bytes from begin_ that do not contain the record's end
  std::uint64_t offset_ = 0;  // of begin_ in the input
  std::uint64_t count_ = 0;
  bool utf16_ = false;     // the current record is in UTF-16
  bool skipping_ = false;  // in the rest of a record that was too large
  bool finished_ = false;  // the input has ended, or failed
  int error_ = 0;
};

}  // namespace vtp
