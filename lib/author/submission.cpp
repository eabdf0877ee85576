#include "lib/author/submission.h"

#include <iterator>
#include <utility>

#include <asio/co_spawn.hpp>
#include <fmt/format.h>

#include "lib/net/offload.h"
#include "lib/stream/location.h"
#include "lib/voevent/acceptance.h"

namespace vtp {
namespace {

// The most documents and bytes that are read in one step, if available.
constexpr std::size_t most_ahead = 16;
constexpr std::size_t most_bytes_ahead = 256 * 1024;

}  // namespace

SubmissionReader::SubmissionReader(asio::any_io_executor executor, std::vector<std::string> files,
                                   std::size_t max_size, Signer* signer)
    : executor_(std::move(executor)),
      reader_(std::move(files), max_size),
      signer_(signer),
      arrived_(executor_),
      taken_(executor_) {}

asio::awaitable<std::optional<Submission>> SubmissionReader::next() {
  if (!std::exchange(started_, true)) asio::co_spawn(executor_, read_ahead(), unattended);
  while (ahead_.empty() && !ended_ && !stopped_)
    co_await arrived_.wait();
  if (stopped_ || ahead_.empty()) co_return std::nullopt;
  Submission submission = std::move(ahead_.front());
  ahead_.pop_front();
  taken_.tell();
  co_return submission;
}

void SubmissionReader::stop() {
  stopped_ = true;
  arrived_.tell();
  taken_.tell();
}

bool SubmissionReader::has_more() const { return !ahead_.empty() || (!ended_ && !waiting_); }

asio::awaitable<void> SubmissionReader::read_ahead() {
  while (!ended_ && !stopped_) {
    if (ahead_.size() >= most_ahead) {
      co_await taken_.wait();
      continue;
    }
    reading_ = true;
    Batch batch = co_await offload(thread_, [this] { return read_some(); });
    reading_ = false;
    ended_ = batch.ended;
    std::ranges::move(batch.submissions, std::back_inserter(ahead_));
    arrived_.tell();
  }
}

// Waits for the next document, and takes those that are available after it.
SubmissionReader::Batch SubmissionReader::read_some() {
  Batch batch;
  std::size_t bytes = 0;
  do {
    waiting_ = reader_.within_file() && !reader_.ready();
    auto document = reader_.next();
    waiting_ = false;
    batch.ended = !document;
    if (batch.ended) break;
    bytes += document->bytes.size();
    batch.submissions.push_back(submission_of(*std::move(document)));
  } while (batch.submissions.size() < most_ahead && bytes < most_bytes_ahead && reader_.ready());
  return batch;
}

Submission SubmissionReader::submission_of(Document document) {
  Submission submission;
  if (document.problem.empty()) {
    const CheckResult& check = checker_.check(document.bytes);
    submission.ivorn = check.headline.ivorn;
    const std::string complaint = obstacle_in(check, document.bytes);
    if (!complaint.empty()) {
      submission.obstacle = fmt::format("{}: {}", name_of(check.verdict), complaint);
      submission.complaint = judgement_of(document, check.verdict, complaint);
    } else if (signer_) {
      sign(submission, document, check.headline.author);
    }
  } else {
    submission.obstacle = document.problem;
    submission.complaint = fmt::format("{}: {}", location_of(document), document.problem);
  }
  submission.document = std::move(document);
  return submission;
}

void SubmissionReader::sign(Submission& submission, Document& document, const std::string& author) {
  auto made = signer_->sign(document.bytes, author);
  if (made) {
    document.bytes = std::move(made).value();
    return;
  }
  submission.obstacle = "not signed: " + made.problem();
  submission.complaint = fmt::format("{}: {}", location_of(document), submission.obstacle);
}

}  // namespace vtp
