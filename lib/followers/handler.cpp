#include "lib/followers/handler.h"

#include <filesystem>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "lib/base/backoff.h"
#include "lib/net/coroutine.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{60};

std::string what_it_does(const OutletOptions& outlet) {
  if (outlet.command) return "cmd " + outlet.command->command;
  if (!outlet.save) return "print";
  namespace fs = std::filesystem;
  // A folder gets the same name however it is given, even before it exists.
  fs::path folder = fs::weakly_canonical(fs::absolute(*outlet.save));
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  return "save " + folder.string();
}

}  // namespace

void name_cursors(std::vector<HandlerOptions>& handlers) {
  std::map<std::string, int> count;
  for (HandlerOptions& handler : handlers) {
    handler.cursor = what_it_does(handler.outlet);
    const int same = ++count[handler.cursor];
    if (same > 1) handler.cursor += fmt::format(" ({})", same);
  }
}

Handler::Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
                 const Clock& clock, const Diagnostics& diagnostics)
    : LogFollower(executor, {options.name, options.cursor, options.local_ivo}, events, diagnostics),
      outlet_(
          executor, options.outlet, [this] { output_closed(); }, clock, diagnostics) {
  restore_cursor();
}

asio::awaitable<void> Handler::take(const LogEntry& entry, Turn turn) {
  std::optional<BackOff> back_off;
  while (!ended()) {
    const bool done = co_await hand_on(entry, turn);
    if (done) co_return;
    if (!back_off) back_off.emplace(first_pause, longest_pause);
    const auto next_try = steady_clock::now() + back_off->next();
    while (!ended() && steady_clock::now() < next_try)
      co_await wait(next_try);
  }
}

// False if it is to be retried.
asio::awaitable<bool> Handler::hand_on(const LogEntry& entry, Turn turn) {
  std::exception_ptr problem;
  try {
    co_return co_await outlet_.take(entry.event, "the log", [this, turn] { done(turn); });
  } catch (...) {
    problem = std::current_exception();
  }
  diagnostics().error("{}: {} cannot be handled: {}", identity().name, entry.event->headline.ivorn,
                      reason_of(problem));
  co_return false;
}

// Commands may go on, since nothing is repeated.
asio::awaitable<void> Handler::complete() { co_return; }

asio::awaitable<void> Handler::close() { co_await outlet_.finish(); }

void Handler::output_closed() {
  diagnostics().error("{}: its output is closed; no more events are passed to it", identity().name);
  end();
}

void Handler::begin_finish() { outlet_.stop_retrying(); }

void Handler::cancel() {
  outlet_.stop_commands();
  outlet_.stop_printing();
}

}  // namespace vtp
