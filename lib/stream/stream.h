// The stream between programs: events on a file descriptor, each followed by one NUL byte, which
// XML cannot contain. Bytes stay exact, so that a digest survives a pipe, and xargs -0, read -d ''
// and sort -z understand it. vtp-stream(5) describes it for people.
//
// UTF-16 has NUL bytes in it. A document that begins with its byte-order mark therefore ends with
// the NUL character of its own encoding, two NUL bytes in line with its characters, or with the
// input.
// Rejected: to have such a document always go on to the end of the input. One event in UTF-16, as
// any author may submit one, would then end a relay that had run for months.
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

// The largest event, in bytes, where nobody says otherwise.
inline constexpr std::size_t default_max_event_size = 4 * 1024 * 1024;

// What follows each event in a pipe or file; to a terminal it is always a newline, but for none: that is for
// texts that are no documents, end as they like, and are harmless to a terminal.
enum class StreamEnd { nul, newline, none };

// How long a reader may take nothing before it counts as stalled.
inline constexpr std::chrono::milliseconds stalled_after{100};

// Writes such a stream. One thread at a time, but for interrupt().
class StreamWriter {
 public:
  // fd stays the caller's, who also ignores SIGPIPE; it may be blocking or not.
  explicit StreamWriter(int fd, StreamEnd end = StreamEnd::nul);

  // Gives the whole event and its end to the system, to a terminal as printable() has its lines, waiting as long as the other side takes;
  // nothing is kept back when it returns. An event must have no NUL in it, unless it is in UTF-16
  // with a byte-order mark, or a reader takes it for two. EPIPE says that nobody reads any more.
  // After an error a part of the event may have been written, and the stream is of no more use.
  // stalled: called once if the other side takes nothing for stalled_after; then it goes on waiting.
  [[nodiscard]] std::error_code write(std::string_view event,
                                      const std::function<void()>& stalled = {});

  // Waits until the other side takes something, or an error that the next write will tell; for so
  // long at most, and says whether it came to that.
  [[nodiscard]] bool has_room(std::chrono::milliseconds patience) const;
  void wait_for_room() const;

  // Makes a write() that waits for the other side end soon with ECANCELED, and all that follow. Any
  // thread.
  void interrupt() { interrupted_ = true; }

 private:
  int fd_;
  bool to_terminal_;
  StreamEnd end_;
  bool may_wait_;  // it is no file
  std::atomic<bool> interrupted_{false};
};

// One document of a stream.
struct StreamRecord {
  std::string bytes;         // exact; empty if it is too large
  std::uint64_t number = 0;  // from 1, of those that are not empty
  std::uint64_t offset = 0;  // bytes of the input that come before it
  bool alone = false;        // it is all that the input holds, as far as that is known
  bool too_large = false;    // it has more than the limit; the rest of it is passed over
};

// Reads such a stream as it comes: a record is handed out as soon as its end is there. What is not
// ended, ends with the input, so that a lone document is a stream of one. Records with nothing but
// white space in them count as empty, and are passed over, unless they are too large as well. Its memory
// follows the largest record, and is at most max_size and a reader's room. One thread at a time.
class StreamReader {
 public:
  // fd stays the caller's, and is blocking. max_size: the largest record, in bytes.
  StreamReader(int fd, std::size_t max_size);

  // The next record, waiting for as long as it takes to come; nothing at the end of the input. The
  // problem is the system's word for why it cannot be read; nothing follows it.
  [[nodiscard]] Result<std::optional<StreamRecord>> next();

  // What the input begins with, before the first next(): so many bytes or more, or fewer if it has no more,
  // waiting for them as long as it takes. Until the next call of anything here.
  [[nodiscard]] std::string_view front(std::size_t least);

  // True if next() need not wait for the other side any more; waits so long for that.
  [[nodiscard]] bool ready(std::chrono::milliseconds patience = {});

  // True if it is known that next() has nothing more.
  [[nodiscard]] bool ended() { return finished_ && !at_record(); }

 private:
  struct Found {
    std::size_t size;      // of a record
    std::size_t end_size;  // of the NUL behind it; 0 at the end of the input
  };
  [[nodiscard]] bool at_record();
  [[nodiscard]] StreamRecord take();
  [[nodiscard]] std::optional<Found> find_end();
  [[nodiscard]] bool nothing_follows();
  void drop(std::size_t size);
  void read_some();

  int fd_;
  std::size_t max_size_;
  bool regular_;  // a file, whose end can be seen without waiting
  std::string buffer_;
  std::size_t begin_ = 0;     // of what was read and not handed out
  std::size_t end_ = 0;       // of what was read
  std::size_t scanned_ = 0;   // bytes behind begin_ with no end of the record in them
  std::uint64_t offset_ = 0;  // in the input, of begin_
  std::uint64_t count_ = 0;
  bool utf16_ = false;     // the record that begins is in UTF-16
  bool skipping_ = false;  // the rest of one that was too large
  bool finished_ = false;  // nothing more comes
  int error_ = 0;
};

}  // namespace vtp
