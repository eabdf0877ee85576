#include "lib/line_batch.h"

#include "lib/descriptor.h"

namespace vtp {

LineBatch::LineBatch(int fd) : fd_(fd), thread_([this] { work(); }) {}

LineBatch::~LineBatch() {
  {
    const std::lock_guard lock(filling_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  flush();
}

void LineBatch::add(std::string_view line) {
  bool first = false;
  bool too_many = false;
  {
    const std::lock_guard lock(filling_);
    first = lines_.empty();
    lines_ += line;
    too_many = lines_.size() > most_waiting;
  }
  if (too_many)
    flush();
  else if (first)
    wake_.notify_one();
}

void LineBatch::flush() {
  const std::lock_guard writing(writing_);
  std::string lines;
  {
    const std::lock_guard lock(filling_);
    lines.swap(lines_);
  }
  (void)write_all(fd_, lines);
}

void LineBatch::work() {
  std::unique_lock lock(filling_);
  while (!stop_) {
    wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
    wake_.wait_for(lock, delay, [this] { return stop_; });  // for more to come
    lock.unlock();
    flush();
    lock.lock();
  }
}

}  // namespace vtp
