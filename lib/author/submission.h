// Documents to be sent: read and checked on a thread of their own, a few ahead of the senders.
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
#include "lib/signature/signer.h"
#include "lib/stream/source.h"
#include "lib/voevent/check.h"

namespace vtp {

// A document, and whether it can be sent.
struct Submission {
  Document document;
  std::string ivorn;      // empty if unknown
  std::string obstacle;   // why it cannot be sent: "malformed: line 2: reason"; empty if it can
  std::string complaint;  // the same for people, with the location
};

// One thread, that of the executor. At most some tens of documents are in memory, and of large ones
// hardly more than one.
class SubmissionReader {
 public:
  // files, max_size: as for DocumentReader. signer: signs all that can be sent; it must live longer
  // than the thread, and nobody else may use it. nullptr: nothing is signed.
  SubmissionReader(asio::any_io_executor executor, std::vector<std::string> files,
                   std::size_t max_size, Signer* signer = nullptr);

  // The next document, as soon as it is there; nothing at the end of the input, or after stop(). It
  // can be sent if it is well-formed, without a DTD, a VOEvent, and has an ivorn; the broker checks
  // the schema. Any number of calls may wait; the first served is the one that has waited longest.
  [[nodiscard]] asio::awaitable<std::optional<Submission>> next();

  // Returns no more documents, also to calls that wait now.
  void stop();

  // There may be more documents than were returned: the input has not ended, and the reader is not
  // just waiting for its writer.
  [[nodiscard]] bool has_more() const;

  // The thread is reading, perhaps from an input that has no data: only the end of the process can
  // end that.
  [[nodiscard]] bool is_reading() const { return reading_; }

  // It waits for the other side of a pipe to write the next document. Any thread.
  [[nodiscard]] bool is_waiting() const { return waiting_; }

 private:
  struct Batch {
    std::deque<Submission> submissions;
    bool ended = false;  // no more follow
  };
  asio::awaitable<void> read_ahead();
  Batch read_some();
  Submission submission_of(Document document);
  void sign(Submission& submission, Document& document, const std::string& author);

  asio::any_io_executor executor_;
  DocumentReader reader_;  // used by the thread, as is the checker
  Checker checker_;
  Signer* signer_;  // likewise
  std::deque<Submission> ahead_;
  Change arrived_;
  Change taken_;
  bool started_ = false;
  bool reading_ = false;
  bool ended_ = false;
  bool stopped_ = false;
  std::atomic<bool> waiting_{false};  // for the writer of the input
  asio::thread_pool thread_{1};
};

}  // namespace vtp
