#include "lib/output/outlet.h"

#include <utility>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/net/coroutine.h"

namespace vtp {
namespace {

// Limits for the commands that run or wait, and for the bytes of their events. Beyond them further
// events wait in take().
constexpr std::size_t most_commands = 1000;
constexpr std::size_t most_command_bytes = 16 * 1024 * 1024;

}  // namespace

Outlet::Outlet(asio::any_io_executor executor, OutletOptions options, std::function<void()> done,
               const Clock& clock, const Diagnostics& diagnostics)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      done_(std::move(done)),
      diagnostics_(diagnostics),
      command_ended_(executor_, asio::steady_timer::time_point::max()) {
  for (const std::string& problem : filters_.set(options_.filters, pool_))
    diagnostics_.warning("{}", problem);
  if (options_.save || options_.print != Print::nothing)
    writer_.emplace(
        EventWriterOptions{options_.print, options_.print_to, options_.save, options_.format},
        clock, diagnostics);
  if (options_.command) commands_.emplace(executor_, *options_.command, diagnostics_);
}

asio::awaitable<bool> Outlet::take(EventPtr event, Origin origin, std::function<void()> finished) {
  if (ended_ || (options_.count > 0 && begun_ == options_.count)) co_return false;
  if (!wanted(*event)) {
    finished();
    co_return true;
  }
  ++begun_;
  if (!co_await write_out(event, origin)) {
    --begun_;
    co_return false;
  }
  if (commands_) {
    asio::error_code ignored;
    while (too_many_commands())
      co_await command_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    begin_command(std::move(event), std::move(finished));
  } else {
    finished();
  }
  if (++taken_ == options_.count) end();
  co_return true;
}

// What is wrong with a filter is said when the event is taken.
bool Outlet::wants(const Event& event) {
  if (!in_cone(event)) return false;
  return filters_.filters().empty() ||
         EventMatcher(event.bytes).matches(filters_, [](const std::string&) {});
}

bool Outlet::wanted(const Event& event) {
  if (!in_cone(event)) return false;
  if (filters_.filters().empty()) return true;
  return EventMatcher(event.bytes).matches(filters_, [this](const std::string& line) {
    diagnostics_.warning("{}", line);
  });
}

bool Outlet::in_cone(const Event& event) {
  if (!options_.cone) return true;
  const auto position = positions_.read(event.bytes);
  return position && covers(*options_.cone, separation(options_.cone->centre(), position->point));
}

// Returns false if the event could not be saved and printed.
asio::awaitable<bool> Outlet::write_out(EventPtr event, const Origin& origin) {
  if (!writer_) co_return true;
  const Written written = co_await writer_->write(std::move(event), origin);
  if (!written.saved) failed_ = true;
  if (written.error && !ended_) {
    const bool expected = written.error == std::errc::broken_pipe ||
                          written.error == std::errc::operation_canceled;  // by us
    if (!expected) {
      diagnostics_.error("cannot write to standard output: {}", written.error.message());
      failed_ = true;
    }
    end();
  }
  co_return written.saved && !written.error;
}

bool Outlet::too_many_commands() const {
  return commands_under_way_ >= most_commands || command_bytes_ >= most_command_bytes;
}

void Outlet::begin_command(EventPtr event, std::function<void()> finished) {
  ++commands_under_way_;
  command_bytes_ += event->bytes.size();
  const auto ended = [this, event](const std::exception_ptr& problem) {
    --commands_under_way_;
    command_bytes_ -= event->bytes.size();
    command_ended_.cancel();
    if (!problem) return;
    failed_ = true;
    diagnostics_.error("{}: the command failed: {}", event->headline.ivorn, reason_of(problem));
  };
  spawn(executor_, run_command(event, std::move(finished)), ended);
}

asio::awaitable<void> Outlet::run_command(EventPtr event, std::function<void()> finished) {
  using How = CommandOutcome::How;
  const CommandOutcome outcome = co_await commands_->run(std::move(event));
  if (outcome.how != How::stopped && outcome.how != How::put_off)
    finished();
  else
    ++unfinished_;
}

void Outlet::stop_retrying() {
  if (commands_) commands_->stop_retrying();
}

asio::awaitable<void> Outlet::finish() {
  stop_retrying();
  asio::error_code ignored;
  while (commands_under_way_ > 0)
    co_await command_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Outlet::stop_commands() {
  if (commands_) commands_->stop();
}

// Posted, not called directly: the callback may end the session that is still to acknowledge this
// event.
void Outlet::end() {
  if (!std::exchange(ended_, true)) asio::post(executor_, done_);
}

}  // namespace vtp
