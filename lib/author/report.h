// What became of each event, for programs: one JSON object a line.
#pragma once

#include <string>
#include <system_error>

#include "lib/author/author.h"
#include "lib/author/submission.h"
#include "lib/stream/stream.h"

namespace vtp {

// One JSON object (RFC 8259) in UTF-8, on one line without a newline at its end. Any thread. The
// keys, in this order; those of which nothing is known are left out:
//
//     file     as it was named, - for standard input
//     event    the document's number in it, from 1
//     ivorn    as the event has it
//     digest   SHA-256 of the event's bytes, 64 hexadecimal digits
//     broker   as it was named; none for a document that cannot be sent at all
//     outcome  accepted, refused, put off, no answer, not sent
//     reason   the broker's words if it gave some, else ours
//
// What is not UTF-8, in a file's name or from elsewhere, stands as U+FFFD.
[[nodiscard]] std::string report_line(const Submission& submission, const std::string& broker,
                                      Outcome outcome, const std::string& reason);

// Where such lines go. One thread at a time.
class Report {
 public:
  // file: its name, - for standard output; what is in it is lost. Throws std::runtime_error if it cannot be
  // opened.
  explicit Report(const std::string& file);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  // Gives the line and its newline to the system at once, so that whoever reads the file meanwhile, or
  // after we were killed, finds whole lines.
  [[nodiscard]] std::error_code write(const std::string& line) { return lines_.write(line); }

 private:
  int fd_;
  StreamWriter lines_;
};

}  // namespace vtp
