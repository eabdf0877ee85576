// Keeps a file of cursors up to date, and writes it no more often than it must.
#pragma once

#include <exception>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "lib/base/diagnostics.h"
#include "lib/net/coroutine.h"
#include "lib/subscriber/cursor_file.h"
#include "lib/voevent/event.h"

namespace vtp {

// Runs on one thread, that of the executor; what waits for the disk does so on another. What it is given
// must live longer.
class CursorKeeper {
 public:
  CursorKeeper(asio::any_io_executor executor, CursorFile file, const Diagnostics& diagnostics);

  // Begins to write the cursor, and returns. While many come, the file is written every 100 ms. If it
  // cannot be written, the log says so once, and it is tried again.
  void keep(const std::string& broker, const Digest& cursor);

  // Writes what is not written, with one try. Resumes when that is done; nothing is kept after that.
  [[nodiscard]] asio::awaitable<void> finish();

  // The last try to write has failed.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  asio::awaitable<void> write_changes();
  void begin();
  void end(const std::exception_ptr& problem);

  asio::any_io_executor executor_;
  CursorFile file_;
  const Diagnostics& diagnostics_;
  bool changed_ = false;  // since it was written
  bool writing_ = false;  // write_changes() is at work
  bool finishing_ = false;
  bool failed_ = false;
  asio::steady_timer pause_;
  Change ended_;  // write_changes()
  asio::thread_pool writer_{1};
};

}  // namespace vtp
