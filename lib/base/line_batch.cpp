#include "lib/base/line_batch.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/line_writer.h"

namespace vtp {
namespace {

// Once this many bytes wait, they are written without waiting for more lines.
constexpr std::size_t worth_a_write = 64 * 1024;

// Number of lines that are missing at one point, and why the last of them is: an errno value, or
// EAGAIN if the buffer was full.
struct Gap {
  std::uint64_t lines = 0;
  int error = EAGAIN;

  void add(std::uint64_t more, int why) {
    if (more == 0) return;
    lines += more;
    error = why;
  }
};

// Lines without a gap between them.
struct Part {
  Gap before;
  std::string lines;
};

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string reason_for(int error) {
  return error == EAGAIN ? "nobody read them in time" : std::strerror(error);
}

}  // namespace

struct LineBatch::State {
  State(int fd, Notice its_notice, LineBatchOptions its_options)
      : options(its_options), notice(std::move(its_notice)), writer(fd) {}

  void run();
  bool wait_for_lines();
  void write(const std::vector<Part>& parts);
  bool write_notice();
  bool go_on();

  const LineBatchOptions options;
  std::mutex mutex;  // guards the members below, up to those of the thread
  std::condition_variable wake;
  std::condition_variable settled_more;
  Notice notice;
  std::vector<Part> waiting;
  std::size_t bytes = 0;      // in `waiting`
  Gap dropped;                // lines dropped after the last one in `waiting`
  std::uint64_t added = 0;    // number of lines passed to add()
  std::uint64_t settled = 0;  // number of those that are written or lost
  bool hurry = false;         // do not wait for more lines
  bool stop = false;          // end when nothing waits
  bool abandoned = false;     // the destructor has timed out: end now
  bool ended = false;

  // Used by the thread only.
  LineWriter writer;
  Gap lost;  // lines that could not be written, not reported yet
};

LineBatch::LineBatch(int fd, Notice notice, LineBatchOptions options)
    : state_(std::make_shared<State>(fd, std::move(notice), options)) {
  // The thread blocks all signals, so that other threads handle them at once, and a broken pipe
  // gives an error instead of SIGPIPE.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    // Detached, because it cannot be joined while it is in a write(2) that never returns.
    std::thread([state = state_] { state->run(); }).detach();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineBatch::~LineBatch() {
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->wake.notify_one();
  const auto ended = [this] { return state_->ended; };
  if (state_->settled_more.wait_for(lock, state_->options.end_timeout, ended)) return;
  state_->abandoned = true;
  state_->notice = nullptr;
  // The thread notices within a tick, unless it is in a write(2).
  state_->settled_more.wait_for(lock, 2 * LineWriter::tick, ended);
}

void LineBatch::add(std::string_view line, Urgency urgency) {
  State& it = *state_;
  const bool urgent = urgency == Urgency::at_once;
  const std::size_t most = it.options.most_waiting + (urgent ? it.options.most_urgent : 0);
  const std::lock_guard lock(it.mutex);
  const bool first = it.waiting.empty();
  ++it.added;
  if (it.bytes + line.size() > most) {
    it.dropped.add(1, EAGAIN);
  } else {
    if (first || it.dropped.lines > 0) it.waiting.push_back({std::exchange(it.dropped, {}), {}});
    it.waiting.back().lines += line;
    it.bytes += line.size();
  }
  const bool was_in_hurry = it.hurry;
  it.hurry = it.hurry || urgent || it.bytes >= worth_a_write;
  if (first || it.hurry != was_in_hurry) it.wake.notify_one();
}

void LineBatch::flush() {
  State& it = *state_;
  std::unique_lock lock(it.mutex);
  it.hurry = true;
  it.wake.notify_one();
  const std::uint64_t all = it.added;
  it.settled_more.wait_for(lock, it.options.flush_timeout, [&] { return it.settled >= all; });
}

void LineBatch::State::run() {
  while (wait_for_lines()) {
    std::vector<Part> parts;
    std::uint64_t taken = 0;
    {
      const std::lock_guard lock(mutex);
      parts.swap(waiting);
      if (dropped.lines > 0) parts.push_back({std::exchange(dropped, {}), {}});
      bytes = 0;
      hurry = false;
      taken = added;
    }
    write(parts);
    const std::lock_guard lock(mutex);
    settled = taken;
    settled_more.notify_all();
  }
  if (lost.lines > 0) write_notice();
  const std::lock_guard lock(mutex);
  ended = true;
  settled_more.notify_all();
}

// Returns false when no line waits and no more will come, or the destructor has timed out.
bool LineBatch::State::wait_for_lines() {
  std::unique_lock lock(mutex);
  if (settled == added) hurry = false;
  wake.wait(lock, [this] { return stop || !waiting.empty() || dropped.lines > 0; });
  wake.wait_for(lock, options.delay, [this] { return stop || hurry; });  // for more to come
  return !abandoned && (!waiting.empty() || dropped.lines > 0);
}

void LineBatch::State::write(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    lost.add(part.before.lines, part.before.error);
    std::size_t written = 0;
    int error = lost.error;
    if (lost.lines == 0 || write_notice()) {
      const auto outcome = writer.write(part.lines, [this] { return go_on(); });
      written = outcome.written;
      error = outcome.error;
    }
    lost.add(lines_in(std::string_view(part.lines).substr(written)), error);
  }
}

// Reports the lost lines. Returns false if the notice cannot be written either.
bool LineBatch::State::write_notice() {
  std::string line;
  {
    const std::lock_guard lock(mutex);
    if (notice) line = notice(lost.lines, reason_for(lost.error));
  }
  const auto outcome = writer.write(line, [this] { return go_on(); });
  if (line.empty() || outcome.written < line.size()) {
    lost.error = outcome.error;
    return false;
  }
  lost = {};
  return true;
}

bool LineBatch::State::go_on() {
  const std::lock_guard lock(mutex);
  return !abandoned;
}

}  // namespace vtp
