// The sending of many events, put together: what is read goes through workers to the brokers, and is told of. Wiring
// only.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "lib/author/author.h"
#include "lib/author/progress.h"
#include "lib/author/report.h"
#include "lib/author/submission.h"
#include "lib/base/diagnostics.h"
#include "lib/net/endpoint.h"
#include "lib/stream/stream.h"

namespace vtp {

struct SendingOptions {
  std::vector<std::string> files;  // as for DocumentReader
  std::size_t max_size = default_max_event_size;
  std::vector<Endpoint> brokers;  // each gets each event
  AuthorOptions author;
  std::size_t jobs = 4;               // so many connections at once to each broker
  std::optional<std::string> report;  // a file, see report.h
  bool show_progress = false;         // the log is a terminal
};

// What came of it.
struct Sent {
  Outcome worst = Outcome::accepted;  // of all events and brokers
  bool trouble = false;  // something could not be read or sent at all, or the report not be written
  int interrupted_by = 0;  // the signal that stopped it while there were events left; 0: none
};

// A lone document is spoken of as people send it, one by one; of a stream's events only what went wrong is
// said, with their locations, and at the end how many there were.
class Sending {
 public:
  // Throws std::runtime_error if the report cannot be opened. log must live longer.
  Sending(SendingOptions options, const Diagnostics& diagnostics);
  ~Sending();

  // Each worker takes the next event and hands it to one broker after the other. With one worker the
  // events come to each broker in their order. Ends with the input, and when all have their answers; or at
  // SIGINT or SIGTERM, when those have theirs that are under way. A second signal ends the process. Once.
  [[nodiscard]] Sent run();

  // The input is still being waited for, which only the end of the process can end.
  [[nodiscard]] bool is_reading() const { return reader_.is_reading(); }
  // As SubmissionReader::is_waiting. Any thread.
  [[nodiscard]] bool is_waiting() const { return reader_.is_waiting(); }

 private:
  struct Worker;

  asio::awaitable<void> work(Worker& worker);
  asio::awaitable<void> carry(Worker& worker, Submission submission);
  asio::awaitable<void> reject(const Submission& submission);
  asio::awaitable<void> report(const Submission& submission, const std::string& broker,
                               Outcome outcome, const std::string& reason);
  asio::awaitable<void> heed_signals();
  asio::awaitable<void> show_progress();
  void note(const Document& document);
  void tell(const Submission& submission, const Answer& answer);
  void end_work();
  [[nodiscard]] Elapsed elapsed() const { return std::chrono::steady_clock::now() - begin_; }

  SendingOptions options_;
  const Diagnostics& diagnostics_;
  asio::io_context context_;
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  SubmissionReader reader_;
  std::optional<Report> report_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t working_ = 0;  // workers that have not ended
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t documents_ = 0;  // that were taken
  bool many_ = false;            // or a stream
  Tally tally_;
  Sent sent_;
  int signal_ = 0;
  bool report_failed_ = false;
  asio::thread_pool report_thread_{1};
};

}  // namespace vtp
