// The report on each event, for programs: one JSON object per line.
#pragma once

#include <string>
#include <system_error>

#include "lib/author/answer.h"
#include "lib/author/submission.h"
#include "lib/stream/stream.h"

namespace vtp {

// One JSON object (RFC 8259) in UTF-8, on one line without a newline at the end. Any thread. The
// keys, in this order; those whose value is unknown are left out:
//
//     file     as given, - for standard input
//     event    the document's number in it, from 1
//     ivorn    as in the event
//     digest   SHA-256 of the event's bytes, 64 hexadecimal digits
//     broker   as given; left out for a document that cannot be sent at all
//     outcome  accepted, refused, put off, no answer, not sent
//     reason   the broker's text if it gave one, otherwise ours
//
// Bytes that are not UTF-8, in a file name or elsewhere, are replaced by U+FFFD.
[[nodiscard]] std::string report_line(const Submission& submission, const std::string& broker,
                                      Outcome outcome, const std::string& reason);

// The file of a report. One thread at a time.
class Report {
 public:
  // file: its name, - for standard output; its old contents are lost. Throws std::runtime_error if
  // it cannot be opened.
  explicit Report(const std::string& file);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  // Passes the line and its newline to the system at once, so that readers of the file see only
  // whole lines, even after this process was killed.
  [[nodiscard]] std::error_code write(const std::string& line) { return lines_.write(line); }

 private:
  int fd_;
  StreamWriter lines_;
};

}  // namespace vtp
