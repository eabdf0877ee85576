#include "lib/output/event_writer.h"

#include <chrono>
#include <utility>

#include <asio/post.hpp>

#include "lib/voevent/json.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds longest_wait{1};  // before results are delivered

StreamEnd end_of(Print print) {
  if (print == Print::format) return StreamEnd::none;
  return print == Print::json ? StreamEnd::newline : StreamEnd::nul;
}

}  // namespace

EventWriter::EventWriter(const EventWriterOptions& options, const Clock& clock,
                         const Diagnostics& diagnostics)
    : print_(options.print),
      format_(options.format),
      clock_(clock),
      diagnostics_(diagnostics),
      stream_(options.print_to, end_of(print_)) {
  if (options.save) folder_.emplace(*options.save);
  thread_ = std::thread([this] { work(); });
}

EventWriter::~EventWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  report_unsaved();
}

asio::awaitable<Written> EventWriter::write(EventPtr event, Origin origin) {
  return wait_for<Written>([this, event = std::move(event), origin = std::move(origin)](
                               std::unique_ptr<Waiter<Written>> waiter) mutable {
    const auto executor = waiter->executor();
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = queue_.empty();
      queue_.push_back({std::move(event), std::move(origin), std::move(waiter)});
    }
    // Posted, so that it runs after the other events that have arrived with this one: waking a
    // thread costs more than writing an event.
    if (first) asio::post(executor, [this] { wake_.notify_one(); });
  });
}

void EventWriter::work() {
  Answers<Written> answers;
  std::vector<Waiting> batch;
  while (true) {
    batch.clear();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    auto tell_by = steady_clock::now() + longest_wait;
    for (Waiting& waiting : batch) {
      const Written written = write_now(waiting);
      answers.add(std::move(waiting.waiter), written);
      if (steady_clock::now() < tell_by) continue;
      answers.send();
      tell_by = steady_clock::now() + longest_wait;
    }
    answers.send();
  }
}

Written EventWriter::write_now(const Waiting& waiting) {
  const Event& event = *waiting.event;
  Written written;
  if (folder_) written.saved = save(event);
  if (!written.saved || print_ == Print::nothing) return written;
  if (!error_)
    error_ =
        print_ == Print::stream ? stream_.write(event.bytes) : stream_.write(in_print(waiting));
  written.error = error_;
  return written;
}

std::string EventWriter::in_print(const Waiting& waiting) const {
  const Received received{clock_.now(), waiting.origin};
  return print_ == Print::json ? json_line(*waiting.event, received)
                               : format_.text_for(*waiting.event, received);
}

bool EventWriter::save(const Event& event) {
  const auto path = folder_->save(event);
  if (path) {
    diagnostics_.debug("{} saved as {}", event.headline.ivorn, *path);
    report_unsaved();
    return true;
  }
  // With a full disk every save fails, so only the first failure is an error.
  diagnostics_.say(unsaved_ == 0 ? Level::error : Level::debug, "{} cannot be saved: {}",
                   event.headline.ivorn, path.problem());
  ++unsaved_;
  return false;
}

void EventWriter::report_unsaved() {
  if (const std::size_t tries = std::exchange(unsaved_, 0); tries > 1)
    diagnostics_.error("{} attempts in a row to save an event have failed", tries);
}

}  // namespace vtp
