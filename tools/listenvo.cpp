// listenvo: turns brokers' feeds into something that a shell can use. See listenvo(1).
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/filter.h"
#include "lib/ivoid.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/outlet.h"
#include "lib/peers.h"
#include "lib/subscriber.h"
#include "lib/text.h"

namespace vtp {
namespace {

constexpr std::uint16_t default_port = 8099;
constexpr std::chrono::milliseconds never{0};

constexpr int unreachable_status = 3;
constexpr int failed_status = 4;

const Program program{
    "listenvo",
    "listen to VOEvent brokers",
    "[ENDPOINT…]",
    {{"h,host", "HOST", "the broker's host (localhost)", ""},
     {"p,port", "PORT", "the broker's port for subscribers (8099)", ""},
     {"f,filter", "XPATH", "only events that meet one of these; may be repeated", ""},
     {"n,count", "N", "stop after so many events", ""},
     {"timeout", "SECONDS", "stop after so long", ""},
     {"idle", "SECONDS", "stop after so long without an event that is wanted", ""},
     {"json", "", "print one JSON object a line instead of XML", ""},
     {"print", "", "print events although they are saved or a command is run", ""},
     {"save", "DIR", "save each event as a file in this folder", ""},
     {"exec", "COMMAND", "run a command for each event, with the event on its standard input", ""},
     {"jobs", "N", "so many commands at once (1)", ""},
     {"exec-timeout", "SECONDS", "how long a command may take (60)", ""},
     {"local-ivo", "IVOID", "our own identifier, to tell brokers", ""},
     {"no-reconnect", "", "stop when there is no connection, or it is lost", ""},
     {"max-size", "BYTES", "the largest event that is taken (4M)", ""},
     {"v,verbose", "", "say more", ""},
     {"q,quiet", "", "say only what went wrong", ""}},
    failed_status};

OutletOptions outlet_in(const CommandLine& line) {
  OutletOptions options;
  options.save = line.text("save");
  if (const auto command = line.text("exec")) {
    options.command.emplace();
    options.command->command = *command;
    options.command->jobs = line.value("jobs", parse_count, options.command->jobs);
    options.command->timeout = line.value("exec-timeout", parse_seconds, options.command->timeout);
  }
  const bool elsewhere = options.save || options.command;
  if (line.has("json"))
    options.print = Print::json;
  else if (elsewhere && !line.has("print"))
    options.print = Print::nothing;
  options.filters = line.values("filter", Filter::check);
  options.count = line.value("count", parse_count, options.count);
  return options;
}

std::vector<SubscriberOptions> subscribers_in(const CommandLine& line) {
  SubscriberOptions options;
  options.local_ivo = line.text("local-ivo").value_or("");
  if (const auto id = parse_ivoid(options.local_ivo); !id && !options.local_ivo.empty())
    throw UsageError("--local-ivo: " + id.problem());
  options.filters = line.all("filter");
  options.max_size = line.value("max-size", parse_bytes, options.max_size);
  options.reconnect = !line.has("no-reconnect");
  std::vector<SubscriberOptions> subscribers;
  for (const Endpoint& broker : peers_in(line, line.operands(), default_port)) {
    options.broker = broker;
    subscribers.push_back(options);
  }
  return subscribers;
}

// All that one run of the program is: subscribers that feed an outlet, until something ends it.
class Listening {
 public:
  Listening(const CommandLine& line, const Clock& clock, const Log& log)
      : log_(log),
        timeout_(line.value("timeout", parse_seconds, never)),
        idle_(line.value("idle", parse_seconds, never)),
        outlet_(
            context_.get_executor(), outlet_in(line), [this] { stop(); }, clock, log) {
    const auto take_event = [this](EventPtr event, std::string peer) {
      return take(std::move(event), std::move(peer));
    };
    for (const SubscriberOptions& options : subscribers_in(line))
      subscribers_.push_back(
          std::make_unique<Subscriber>(context_.get_executor(), options, take_event, clock, log));
  }

  int run() {
    restart(timeout_timer_, timeout_);
    restart(idle_timer_, idle_);
    listening_ = subscribers_.size();
    for (const auto& subscriber : subscribers_)
      asio::co_spawn(context_, listen(*subscriber), asio::detached);
    asio::co_spawn(context_, heed_signals(), asio::detached);
    context_.run();
    return outlet_.failed() ? failed_status : unreachable_ ? unreachable_status : 0;
  }

 private:
  asio::awaitable<bool> take(EventPtr event, std::string peer) {
    const std::uint64_t before = outlet_.taken();
    const bool acknowledge = co_await outlet_.take(std::move(event), std::move(peer));
    if (outlet_.taken() > before && !stopped_) restart(idle_timer_, idle_);
    co_return acknowledge;
  }

  asio::awaitable<void> listen(Subscriber& subscriber) {
    const Departure departure = co_await subscriber.run();
    if (departure == Departure::unreachable) unreachable_ = true;
    if (--listening_ > 0) co_return;
    stop();
    co_await outlet_.finish();
    signals_.cancel();
  }

  // The first ends listening, and commands that run may end; the second ends those too.
  asio::awaitable<void> heed_signals() {
    asio::error_code cancelled;
    co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (cancelled) co_return;
    stop();
    // Whoever does not read what we print cannot be waited for, and there is no other way out.
    if (outlet_.stuck()) std::_Exit(outlet_.failed() ? failed_status : 0);
    co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (!cancelled) outlet_.stop();
  }

  void stop() {
    stopped_ = true;
    timeout_timer_.cancel();
    idle_timer_.cancel();
    for (const auto& subscriber : subscribers_)
      subscriber->stop();
  }

  void restart(asio::steady_timer& timer, std::chrono::milliseconds time) {
    if (time == never) return;
    timer.expires_after(time);
    timer.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) stop();
    });
  }

  const Log& log_;
  asio::io_context context_;
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  asio::steady_timer timeout_timer_{context_};
  asio::steady_timer idle_timer_{context_};
  std::chrono::milliseconds timeout_;
  std::chrono::milliseconds idle_;
  Outlet outlet_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::size_t listening_ = 0;
  bool unreachable_ = false;
  bool stopped_ = false;
};

int run(const CommandLine& line) {
  const Clock clock;
  const Log log(program.name, LineStyle::tool, level_in(line, Level::error), clock);
  std::signal(SIGPIPE,
              SIG_IGN);  // a closed pipe is told by the write, after which nothing is acknowledged
  return Listening(line, clock, log).run();
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
