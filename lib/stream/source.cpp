#include "lib/stream/source.h"

#include <algorithm>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "lib/stream/file_kind.h"

namespace vtp {

// The file that is open.
struct DocumentReader::OpenStream {
  OpenStream(const std::string& name, std::size_t max_size)
      : file(name), reader(file.fd(), max_size) {}

  InputFile file;
  StreamReader reader;
  bool empty = true;
  bool looked_at = false;
  std::deque<StreamRecord> ahead;  // records read ahead for the check
  std::optional<Problem> failure;  // an error of reading after those
  std::size_t strange = 0;         // number of those that do not begin as XML does

  [[nodiscard]] bool most_are_strange() const { return 2 * strange > ahead.size(); }
};

DocumentReader::DocumentReader(std::vector<std::string> files, std::size_t max_size)
    : files_(std::move(files)), max_size_(max_size) {
  if (files_.empty()) files_.emplace_back(standard_input);
}

DocumentReader::~DocumentReader() = default;

std::optional<Document> DocumentReader::next() {
  while (next_file_ < files_.size()) {
    if (!stream_) {
      stream_ = std::make_unique<OpenStream>(files_[next_file_], max_size_);
      if (stream_->file.fd() < 0) return end_file(stream_->file.problem());
    }
    if (!std::exchange(stream_->looked_at, true))
      if (std::string problem = problem_of_stream(); !problem.empty())
        return end_file(Problem{std::move(problem)});
    if (!stream_->ahead.empty()) {
      StreamRecord record = std::move(stream_->ahead.front());
      stream_->ahead.pop_front();
      stream_->empty = false;
      return document_of(std::move(record));
    }
    if (stream_->failure) return end_file(*std::move(stream_->failure));
    auto record = stream_->reader.next();
    if (!record) return end_file(Problem{record.problem()});
    if (*record) {
      stream_->empty = false;
      return document_of(*std::move(record).value());
    }
    if (stream_->empty) return end_file(Problem{"contains no event"});
    close_file();
  }
  return std::nullopt;
}

// Why the file is not a stream of events; empty if it may be one.
std::string DocumentReader::problem_of_stream() {
  StreamReader& reader = stream_->reader;
  FileKind kind;
  std::size_t size = 0;
  do {
    const std::string_view front = reader.front(size + 1);
    if (front.size() == size) break;
    size = front.size();
    kind = kind_of_file(front);
  } while (kind.may_be_known);
  if (!kind.what.empty()) return std::string(kind.what);
  look_ahead();
  const std::size_t all = stream_->ahead.size();
  if (all < 2 || !stream_->most_are_strange()) return {};
  return fmt::format("is not a stream of events: of its first {} records {} are not XML", all,
                     stream_->strange);
}

void DocumentReader::look_ahead() {
  OpenStream& stream = *stream_;
  std::size_t bytes = 0;
  while (stream.ahead.size() < most_records_looked_at && bytes < most_bytes_looked_at) {
    if (!stream.ahead.empty() && !stream.most_are_strange() && !stream.reader.ready()) return;
    auto record = stream.reader.next();
    if (!record) stream.failure = Problem{record.problem()};
    if (!record || !*record) return;
    bytes += (*record)->bytes.size();
    if (!(*record)->too_large && !begins_as_xml((*record)->bytes)) ++stream.strange;
    stream.ahead.push_back(*std::move(record).value());
  }
}

bool DocumentReader::ready(std::chrono::milliseconds timeout) {
  if (!stream_ || !stream_->ahead.empty() || stream_->failure) return stream_ != nullptr;
  return stream_->reader.ready(timeout) && within_file();
}

bool DocumentReader::within_file() {
  return stream_ && (!stream_->ahead.empty() || !stream_->reader.ended());
}

Document DocumentReader::document_of(StreamRecord record) const {
  Document document;
  document.file = files_[next_file_];
  document.number = record.number;
  document.alone = record.alone;
  if (!record.alone)
    document.location = fmt::format("event {} at byte {}", record.number, record.offset);
  if (record.too_large)
    document.problem = fmt::format("has more than {} bytes", max_size_);
  else
    document.bytes = std::move(record.bytes);
  return document;
}

Document DocumentReader::end_file(Problem problem) {
  Document document;
  document.file = files_[next_file_];
  document.problem = std::move(problem.text);
  close_file();
  return document;
}

void DocumentReader::close_file() {
  stream_.reset();
  ++next_file_;
}

}  // namespace vtp
