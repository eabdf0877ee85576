// Sending many events: passes documents from the reader through workers to the brokers and topics, and reports
// the results. Only connects these parts.
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
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_producer.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/signature/signer.h"
#include "lib/stream/stream.h"

namespace vtp {

struct SendingOptions {
  std::vector<std::string> files;  // as for DocumentReader
  std::size_t max_size = default_max_event_size;
  std::vector<PeerEndpoint> brokers;  // each gets each event
  KafkaProperties kafka;              // for those that are topics
  AuthorOptions author;
  std::size_t jobs = 4;               // parallel connections per broker
  std::optional<std::string> report;  // a file, see report.h
  Signer* signer = nullptr;           // signs each event, if given; must live longer
  bool show_progress = false;         // diagnostics go to a terminal
};

// The overall result.
struct Sent {
  Outcome worst = Outcome::accepted;  // of all events and brokers
  bool trouble = false;    // a document could not be read or sent, or the report not written
  int interrupted_by = 0;  // the signal that stopped it before the end; 0: none
};

// For a single document, each result is reported; for the events of a stream, only problems, with
// their locations, and a summary at the end.
class Sending {
 public:
  // Throws std::runtime_error if the report cannot be opened, and as KafkaProducer. diagnostics must
  // live longer.
  Sending(SendingOptions options, const Diagnostics& diagnostics);
  ~Sending();

  // Each worker takes the next event and submits it to all brokers. With one worker, each broker
  // gets the events in their order. Ends after the input, when all replies are there; or at SIGINT
  // or SIGTERM, when the events in flight have their replies. A second signal ends the process.
  // Call it once.
  [[nodiscard]] Sent run();

  // The input is still being read; only the end of the process can end that.
  [[nodiscard]] bool is_reading() const { return reader_.is_reading(); }
  // As SubmissionReader::is_waiting. Any thread.
  [[nodiscard]] bool is_waiting() const { return reader_.is_waiting(); }

 private:
  struct Worker;

  void connect_to(const PeerEndpoint& broker);
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
  std::vector<std::unique_ptr<KafkaProducer>> producers_;  // one per topic
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t working_ = 0;  // workers that have not ended
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t documents_ = 0;  // that were read
  bool many_ = false;            // more than one document, or a stream
  Tally tally_;
  Sent sent_;
  int signal_ = 0;
  bool report_failed_ = false;
  asio::thread_pool report_thread_{1};
};

}  // namespace vtp
