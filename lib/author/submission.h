// Documents on their way to brokers: read and judged on a thread of their own, a few ahead of who sends them.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include "lib/net/coroutine.h"
#include "lib/stream/source.h"
#include "lib/voevent/check.h"

namespace vtp {

// A document, and whether it can be sent.
struct Submission {
  Document document;
  std::string ivorn;      // empty if it is not known
  std::string obstacle;   // why it cannot be sent: "malformed: line 2: reason"; empty if it can
  std::string complaint;  // the same for people, with its location
};

// Runs on one thread, that of the executor. Memory holds some tens of documents, and of large ones
// hardly more than one.
class SubmissionReader {
 public:
  // files, max_size: as for DocumentReader.
  SubmissionReader(asio::any_io_executor executor, std::vector<std::string> files,
                   std::size_t max_size);

  // The next document, as soon as it is there; nothing at the end of the input, or after stop(). To be
  // sent it must be well-formed, without a DTD, a VOEvent, and have an ivorn; its schema is the broker's
  // to judge. Any number may wait at once: who waits longest is first.
  [[nodiscard]] asio::awaitable<std::optional<Submission>> next();

  // Hands out no more, also to who waits now.
  void stop();

  // There may be more documents than were handed out: the input has not come to its end, and it is not
  // that its other side had yet to write the next.
  [[nodiscard]] bool has_more() const;

  // The thread reads, perhaps from somewhere that has nothing yet: it cannot be ended but with the process.
  [[nodiscard]] bool is_reading() const { return reading_; }

  // It waits for the other side of a pipe to write the next document. Any thread.
  [[nodiscard]] bool is_waiting() const { return waiting_; }

 private:
  struct Batch {
    std::deque<Submission> submissions;
    bool ended = false;  // nothing follows
  };
  asio::awaitable<void> read_ahead();
  Batch read_some();
  Submission submission_of(Document document);

  asio::any_io_executor executor_;
  DocumentReader reader_;  // the thread's, as is the checker
  Checker checker_;
  std::deque<Submission> ahead_;
  Change arrived_;
  Change taken_;
  bool started_ = false;
  bool reading_ = false;
  bool ended_ = false;
  bool stopped_ = false;
  std::atomic<bool> waiting_{false};  // for the other side
  asio::thread_pool thread_{1};
};

}  // namespace vtp
