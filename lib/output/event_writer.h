// Saves and prints events on a thread of its own: all waiting events are written together, so that
// they share the cost of waking the thread.
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
#include "lib/base/diagnostics.h"
#include "lib/net/waiter.h"
#include "lib/output/save.h"
#include "lib/stream/stream.h"
#include "lib/voevent/event.h"
#include "lib/voevent/format.h"
#include "lib/voevent/origin.h"

namespace vtp {

enum class Print { nothing, stream, json, format };

struct EventWriterOptions {
  Print print = Print::stream;
  int print_to = 1;                 // a file descriptor
  std::optional<std::string> save;  // a folder
  Format format{};                  // for Print::format
};

// The result for an event. An event that could not be saved is not printed.
struct Written {
  bool saved = true;
  std::error_code error;  // of printing; all later events get the same error
};

// Any thread; the executors of coroutines that wait for it must outlive it.
class EventWriter {
 public:
  // Throws std::runtime_error if the folder cannot be used. clock and diagnostics must outlive this.
  EventWriter(const EventWriterOptions& options, const Clock& clock,
              const Diagnostics& diagnostics);

  // Writes what waits, unless interrupted.
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // Saves and prints the event, according to the options, after all earlier ones. Resumes on the
  // caller's executor. origin: for JSON. Writing begins after the other
  // work that the caller's executor has ready, so that several events are written together.
  [[nodiscard]] asio::awaitable<Written> write(EventPtr event, Origin origin);

  // Ends a print that waits for its reader, and prints no more.
  void interrupt() { stream_.interrupt(); }

 private:
  struct Waiting {
    EventPtr event;
    Origin origin;
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
  const Diagnostics& diagnostics_;
  StreamWriter stream_;
  std::optional<EventFolder> folder_;
  std::error_code error_;  // used by the thread only

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;  // guarded by mutex_
  bool stop_ = false;           // guarded by mutex_
  std::size_t unsaved_ = 0;     // failed saves in a row; used by the thread, then by the destructor
  std::thread thread_;
};

}  // namespace vtp
