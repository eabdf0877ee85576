// Keeps a cursor file up to date without writing it more often than needed.
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

namespace vtp {

// One thread, that of the executor; it waits for the disk on another thread. All arguments must
// live longer.
class CursorKeeper {
 public:
  CursorKeeper(asio::any_io_executor executor, CursorFile file, const Diagnostics& diagnostics);

  // Begins to save the cursor, and returns. If many come, the file is written every 100 ms. If it
  // cannot be written, that is reported once and retried.
  void keep(const std::string& name, const Cursor& cursor);

  // Writes what is not written yet, without a retry. Resumes when that is done; later cursors are
  // not saved.
  [[nodiscard]] asio::awaitable<void> finish();

  // The last attempt to write has failed.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  asio::awaitable<void> write_changes();
  void begin();
  void end(const std::exception_ptr& problem);

  asio::any_io_executor executor_;
  CursorFile file_;
  const Diagnostics& diagnostics_;
  bool changed_ = false;  // since it was written
  bool writing_ = false;  // write_changes() is running
  bool finishing_ = false;
  bool failed_ = false;
  asio::steady_timer pause_;
  Change ended_;  // write_changes() has ended
  asio::thread_pool writer_{1};
};

}  // namespace vtp
