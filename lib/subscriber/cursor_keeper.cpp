#include "lib/subscriber/cursor_keeper.h"

#include <chrono>
#include <optional>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/net/offload.h"

namespace vtp {
namespace {

constexpr std::chrono::milliseconds between_writes{100};
constexpr std::chrono::milliseconds after_failure{1'000};

}  // namespace

CursorKeeper::CursorKeeper(asio::any_io_executor executor, CursorFile file,
                           const Diagnostics& diagnostics)
    : executor_(std::move(executor)),
      file_(std::move(file)),
      diagnostics_(diagnostics),
      pause_(executor_),
      ended_(executor_) {}

void CursorKeeper::keep(const std::string& name, const Cursor& cursor) {
  file_.set(name, cursor);
  changed_ = true;
  if (!writing_) begin();
}

void CursorKeeper::begin() {
  writing_ = true;
  spawn(executor_, write_changes(), [this](const std::exception_ptr& problem) { end(problem); });
}

// A cursor that could not be written for lack of memory is written with the next one, or at the
// end.
void CursorKeeper::end(const std::exception_ptr& problem) {
  writing_ = false;
  ended_.tell();
  if (!problem) return;
  changed_ = failed_ = true;
  diagnostics_.error("Cannot save cursors: {}", reason_of(problem));
}

asio::awaitable<void> CursorKeeper::write_changes() {
  bool last = false;
  while (changed_ && !last) {
    last = finishing_;
    changed_ = false;
    const CursorFile file = file_;  // a copy of the current state
    const auto problem = co_await offload(writer_, [&file] { return file.write(); });
    if (problem && !failed_) diagnostics_.error("{}", problem->text);
    failed_ = problem.has_value();
    changed_ = changed_ || failed_;
    if (finishing_) continue;
    pause_.expires_after(failed_ ? after_failure : between_writes);
    asio::error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> CursorKeeper::finish() {
  finishing_ = true;
  pause_.cancel();
  if (changed_ && !writing_) begin();
  while (writing_)
    co_await ended_.wait();
}

}  // namespace vtp
