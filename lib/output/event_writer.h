// Saves and prints events on a thread of its own: whatever waits is written in one go, so that many events
// share the cost of being handed over.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/waiter.h"
#include "lib/output/save.h"
#include "lib/stream/stream.h"
#include "lib/voevent/event.h"
#include "lib/voevent/format.h"

namespace vtp {

enum class Print { nothing, stream, json, format };

struct EventWriterOptions {
  Print print = Print::stream;
  int print_to = 1;                 // a file descriptor
  std::optional<std::string> save;  // a folder
  Format format{};                  // for Print::format
};

// What became of an event. One that could not be saved is not printed.
struct Written {
  bool saved = true;
  std::error_code error;  // of printing; the same from then on
};

// Any number of threads; executors that wait for it must outlive it.
class EventWriter {
 public:
  // Throws std::runtime_error if the folder cannot be used. clock and log must live longer.
  EventWriter(const EventWriterOptions& options, const Clock& clock, const Log& log);

  // Writes what waits, unless interrupted.
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // Saves and prints it, as asked for, behind all that came before. Resumes on the caller's executor. peer:
  // where it came from, for JSON. It begins with those that the caller's executor has ready as well.
  [[nodiscard]] asio::awaitable<Written> write(EventPtr event, std::string peer);

  // Ends what is being printed and not read, and prints no more.
  void interrupt() { stream_.interrupt(); }

 private:
  struct Waiting {
    EventPtr event;
    std::string peer;
    std::unique_ptr<Waiter<Written>> waiter;
  };

  void work();
  Written write_now(const Waiting& waiting);
  bool save(const Event& event);
  void report_unsaved();
  [[nodiscard]] std::string in_print(const Waiting& waiting) const;

  const Print print_;
  const Format format_;
  const Clock& clock_;
  const Log& log_;
  StreamWriter stream_;
  std::optional<EventFolder> folder_;
  std::error_code error_;  // the thread's own

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;  // guarded by mutex_
  bool stop_ = false;           // guarded by mutex_
  std::size_t unsaved_ = 0;     // tries in a row; the thread's, and then the destructor's
  std::thread thread_;
};

}  // namespace vtp
