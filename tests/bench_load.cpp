// Puts a load on a broker on this machine, and prints what became of it, as NAME=VALUE on one line. See --help; all
// authors and subscribers are one thread, which is to cost as little as can be.
// Ends with 1 if not everything was accepted and delivered, whole and once; never because it took long.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "lib/options.h"
#include "lib/text.h"
#include "tests/load_authors.h"
#include "tests/load_events.h"
#include "tests/load_process.h"
#include "tests/load_socket.h"
#include "tests/load_subscribers.h"
#include "tests/load_tally.h"
#include "tests/load_upstream.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

// What a broker may still have to do when the last has connected is not the load that is measured.
constexpr milliseconds settling{300};
constexpr std::size_t other_descriptors = 64;  // beside the subscribers' and authors' own

const Program program{
    "bench_load",
    "put a load on a broker, and measure what becomes of it",
    "[STREAM]",
    {{"submit", "PORT", "where authors submit events; of 127.0.0.1, as all ports here", ""},
     {"authors", "N", "so many at once (16)", ""},
     {"keep", "", "an author keeps the connection for the next event", ""},
     {"interval", "SECONDS", "between events; without it, an author has no pause", ""},
     {"unnamed", "", "answers need not name the event", ""},
     {"upstream", "N",
      "instead of authors, be a broker that sends events, of which so many wait for an ack at "
      "most; "
      "prints upstream=PORT first, and takes the port of --broadcast from standard input",
      ""},
     {"broadcast", "PORT", "where subscribers connect; none: there are none", ""},
     {"subscribers", "N", "so many, as far as descriptors go (1)", ""},
     {"filters", "N", "so many different ones, by turns; only with made events", ""},
     {"events", "N", "so many events (1000), made, or the first of STREAM", ""},
     {"size", "BYTES", "of a made event (700)", ""},
     {"watch", "PID", "print what this process takes, too", ""},
     {"limit", "SECONDS", "when to give up (60)", ""}}};

// Until `done()` says so, or for as long as `end` is in the future.
template <class Done>
bool poll_until(Poll& poll, LoadClock::time_point end, const Done& done) {
  while (!done()) {
    const auto left = end - LoadClock::now();
    if (left <= left.zero()) return false;
    poll.wait(static_cast<int>(std::chrono::ceil<milliseconds>(left).count()));
  }
  return true;
}

void settle(Poll& poll) {
  (void)poll_until(poll, LoadClock::now() + settling, [] { return false; });
}

// As poll_until, for authors that have an interval. It sleeps while an event is under way: who polls without a pause
// keeps the processor from a broker that was woken on it.
void submit_at_intervals(Poll& poll, Authors& authors, const LoadTally& tally,
                         LoadClock::time_point end) {
  while (!tally.complete() && LoadClock::now() < end) {
    authors.submit();
    const auto left = std::chrono::ceil<milliseconds>(authors.due() - LoadClock::now());
    poll.wait(std::clamp(static_cast<int>(left.count()), 1, 100));
  }
}

int run(const CommandLine& line) {
  const auto number = [&](const char* name, std::size_t fallback) {
    return line.value(name, parse_count, fallback);
  };
  const std::size_t descriptors = raise_descriptor_limit();
  const auto limit = line.value("limit", parse_seconds, milliseconds(60'000));

  AuthorsOptions authors_options;
  authors_options.port = line.value("submit", parse_port, authors_options.port);
  authors_options.at_once = number("authors", authors_options.at_once);
  authors_options.keep = line.has("keep");
  authors_options.unnamed = line.has("unnamed");
  authors_options.interval = line.value("interval", parse_seconds, milliseconds(0));

  const std::size_t window = line.has("upstream") ? number("upstream", 0) : 0;
  SubscribersOptions subscribers_options;
  subscribers_options.port = line.value("broadcast", parse_port, subscribers_options.port);
  subscribers_options.count =
      window > 0 || line.has("broadcast") ? number("subscribers", subscribers_options.count) : 0;
  subscribers_options.count = std::min(subscribers_options.count,
                                       descriptors - other_descriptors - authors_options.at_once);
  subscribers_options.filters = line.has("filters") ? number("filters", 0) : 0;

  const std::size_t count = number("events", 1000);
  if (!line.operands().empty() && line.has("filters"))
    throw UsageError("--filters is for made events");
  LoadEvents events =
      line.operands().empty()
          ? LoadEvents::make(count, line.value("size", parse_bytes, std::size_t{700}))
          : LoadEvents::read(line.operands().front(), count);

  Poll poll;
  LoadTally tally(wanted_by(subscribers_options, events.size()));
  std::optional<Upstream> upstream;
  if (window > 0) {
    upstream.emplace(poll, events, tally, window);
    fmt::print("upstream={}\n", upstream->port());
    std::fflush(stdout);
    std::string said;
    std::getline(std::cin, said);
    const auto port = parse_port(said);
    if (!port) throw UsageError("standard input: " + port.problem());
    subscribers_options.port = *port;
  }
  std::optional<WatchedProcess> watched;
  if (line.has("watch")) watched.emplace(static_cast<int>(number("watch", 0)));

  const auto end = LoadClock::now() + limit;
  const auto begin = LoadClock::now();
  Subscribers subscribers(poll, events, tally, subscribers_options);
  subscribers.connect();
  if (!poll_until(poll, end,
                  [&] { return subscribers.connected() && (!upstream || upstream->connected()); }))
    throw std::runtime_error("not everybody could connect in time");
  const std::chrono::duration<double> connecting = LoadClock::now() - begin;
  settle(poll);

  if (watched) watched->begin();
  Authors authors(poll, events, tally, authors_options);
  if (upstream)
    upstream->begin();
  else
    authors.submit();
  if (authors_options.interval.count() > 0)
    submit_at_intervals(poll, authors, tally, end);
  else
    (void)poll_until(poll, end, [&] { return tally.complete(); });

  fmt::print("subscribers={} connected_s={:.2f} {}{}\n", subscribers_options.count,
             connecting.count(), tally.text(),
             watched ? " " + watched->text(subscribers_options.count) : "");
  return tally.went_well() ? 0 : 1;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
