#include "lib/author/sending.h"

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/author/kafka_author.h"
#include "lib/base/terminal.h"
#include "lib/base/text.h"
#include "lib/net/coroutine.h"
#include "lib/net/offload.h"
#include "lib/stream/location.h"

namespace vtp {
namespace {

constexpr std::size_t usual_width = 80;  // columns of a terminal that does not say it
constexpr std::chrono::milliseconds progress_interval{200};

bool is_lone(const Submission& submission) { return submission.document.location.empty(); }

}  // namespace

// Takes events while they can be sent at once: one, or more if the brokers keep their connections.
struct Sending::Worker {
  explicit Worker(const asio::any_io_executor& executor) : change(executor) {}

  [[nodiscard]] bool has_room() const {
    return events == 0 ||
           (events < most_events_under_way && bytes < most_bytes_under_way &&
            std::ranges::all_of(authors, [](const auto& author) { return author->sends_ahead(); }));
  }

  std::vector<std::unique_ptr<Submitter>> authors;  // one per broker
  std::size_t events = 0;                           // that it has not finished
  std::size_t bytes = 0;                            // of those
  Change change;                                    // of any of these
};

Sending::Sending(SendingOptions options, const Diagnostics& diagnostics)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      reader_(context_.get_executor(), options_.files, options_.max_size, options_.signer) {
  if (options_.report) report_.emplace(*options_.report);
  for (std::size_t i = 0; i < options_.jobs; ++i)
    workers_.push_back(std::make_unique<Worker>(context_.get_executor()));
  for (const PeerEndpoint& broker : options_.brokers)
    connect_to(broker);
}

// Each worker has a connection of its own to a broker; one producer does for a topic.
void Sending::connect_to(const PeerEndpoint& broker) {
  const auto executor = context_.get_executor();
  if (const auto* topic = std::get_if<KafkaEndpoint>(&broker)) {
    KafkaProducer& producer = *producers_.emplace_back(std::make_unique<KafkaProducer>(
        executor, producer_options(*topic, options_.kafka, options_.author, options_.max_size),
        diagnostics_));
    for (const auto& worker : workers_)
      worker->authors.push_back(std::make_unique<KafkaAuthor>(
          producer, text_of(broker), source_name("sendvo"), options_.author.retry));
    return;
  }
  for (const auto& worker : workers_)
    worker->authors.push_back(std::make_unique<Author>(executor, std::get<Endpoint>(broker),
                                                       options_.author, diagnostics_));
}

Sending::~Sending() = default;

Sent Sending::run() {
  begin_ = std::chrono::steady_clock::now();
  asio::co_spawn(context_, heed_signals(), unattended);
  for (const auto& producer : producers_)
    asio::co_spawn(context_, producer->run(), unattended);
  working_ = workers_.size();
  for (const auto& worker : workers_)
    asio::co_spawn(context_, work(*worker), unattended);
  context_.run();
  diagnostics_.status("");
  if (many_) diagnostics_.info("{}", summary_text(tally_, elapsed()));
  const bool left = reader_.has_more() || sent_.worst == Outcome::not_sent;
  if (signal_ != 0 && left) sent_.interrupted_by = signal_;
  return sent_;
}

asio::awaitable<void> Sending::work(Worker& worker) {
  while (true) {
    while (!worker.has_room())
      co_await worker.change.wait();
    std::optional<Submission> submission = co_await reader_.next();
    if (!submission) break;
    note(submission->document);
    if (!submission->obstacle.empty()) {
      co_await reject(*submission);
      continue;
    }
    ++worker.events;
    worker.bytes += submission->document.bytes.size();
    asio::co_spawn(context_, carry(worker, *std::move(submission)), unattended);
  }
  while (worker.events > 0)
    co_await worker.change.wait();
  end_work();
}

// Submits one event to each broker.
asio::awaitable<void> Sending::carry(Worker& worker, Submission submission) {
  const std::string& bytes = submission.document.bytes;
  ++tally_.under_way;
  Outcome worst = Outcome::accepted;
  for (std::size_t i = 0; i < options_.brokers.size(); ++i) {
    const std::string broker = text_of(options_.brokers[i]);
    diagnostics_.debug("Sending {} ({} bytes) to {}", submission.ivorn, bytes.size(), broker);
    const Answer answer = co_await worker.authors[i]->submit(submission.ivorn, bytes);
    worker.change.tell();
    worst = std::max(worst, answer.outcome);
    tell(submission, answer);
    co_await report(submission, broker, answer.outcome, answer.reason);
  }
  if (is_lone(submission)) {
    if (worst == Outcome::accepted)
      diagnostics_.info("Event was sent successfully");
    else
      diagnostics_.error("Event was NOT sent successfully");
  }
  --tally_.under_way;
  tally_.count(worst);
  sent_.worst = std::max(sent_.worst, worst);
  --worker.events;
  worker.bytes -= bytes.size();
  worker.change.tell();
}

void Sending::tell(const Submission& submission, const Answer& answer) {
  const bool lone = is_lone(submission);
  const std::string location = lone ? "" : location_of(submission.document) + ": ";
  const Level lesser = lone ? Level::info : Level::debug;
  switch (answer.outcome) {
    case Outcome::accepted:
      if (answer.reason.empty())
        diagnostics_.say(lesser, "{}Acknowledgement received from {}: {}", location, answer.broker,
                         submission.ivorn);
      else
        diagnostics_.say(lesser, "{}Accepted by {}: {} ({})", location, answer.broker,
                         submission.ivorn, answer.reason);
      break;
    case Outcome::refused:
      diagnostics_.error("{}{} refused to accept VOEvent {} ({})", location, answer.broker,
                         submission.ivorn, answer.reason);
      break;
    case Outcome::put_off:
      diagnostics_.error("{}{} cannot take VOEvent {} now ({})", location, answer.broker,
                         submission.ivorn, answer.reason);
      break;
    case Outcome::no_answer:
      diagnostics_.error("{}No answer from {} for VOEvent {} ({})", location, answer.broker,
                         submission.ivorn, answer.reason);
      break;
    case Outcome::not_sent:
      diagnostics_.say(lesser, "{}VOEvent {} was not sent to {} ({})", location, submission.ivorn,
                       answer.broker, answer.reason);
      break;
  }
}

// For a document that cannot be sent, or a file without one.
asio::awaitable<void> Sending::reject(const Submission& submission) {
  sent_.trouble = true;
  if (submission.document.number > 0) tally_.count(Outcome::not_sent);
  diagnostics_.error("{}", submission.complaint);
  co_await report(submission, "", Outcome::not_sent, submission.obstacle);
}

// On a thread of its own, since the reader of the report may be slow.
asio::awaitable<void> Sending::report(const Submission& submission, const std::string& broker,
                                      Outcome outcome, const std::string& reason) {
  if (!report_ || report_failed_) co_return;
  const std::error_code error = co_await offload(report_thread_, [&, this] {
    return report_->write(report_line(submission, broker, outcome, reason));
  });
  if (!error || std::exchange(report_failed_, true)) co_return;
  sent_.trouble = true;
  diagnostics_.error("cannot write to {}: {}", *options_.report, error.message());
}

void Sending::note(const Document& document) {
  if (document.number > 0) ++documents_;
  const bool many = documents_ > 1 || !document.location.empty();
  if (many && !std::exchange(many_, true) && options_.show_progress)
    asio::co_spawn(context_, show_progress(), unattended);
}

asio::awaitable<void> Sending::show_progress() {
  asio::steady_timer pause(context_);
  while (true) {
    diagnostics_.status(shortened(progress_text(tally_, elapsed()),
                                  terminal_width(STDERR_FILENO).value_or(usual_width) - 1));
    pause.expires_after(progress_interval);
    asio::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> Sending::heed_signals() {
  asio::error_code error;
  signal_ = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  signals_.clear(error);  // from now on signals have their default effect
  if (tally_.under_way > 0) diagnostics_.info("Stopping; {} under way", tally_.under_way);
  reader_.stop();
  for (const auto& worker : workers_)
    for (const auto& author : worker->authors)
      author->stop();
}

// Nothing else is needed then: deadlines of kept connections, a read that waits.
void Sending::end_work() {
  if (--working_ == 0) context_.stop();
}

}  // namespace vtp
