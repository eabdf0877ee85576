// Puts a load on a broker on this machine, and prints what became of it, as NAME=VALUE on one line. All
// authors and subscribers are one thread, which is to cost as little as can be.
// Ends with 1 if not everything was accepted and delivered, whole and once, within the limit; slow
// figures are figures.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/cli/options.h"
#include "lib/tls/certificate.h"
#include "lib/tls/client.h"
#include "tests/bench/load_authors.h"
#include "tests/bench/load_events.h"
#include "tests/bench/load_process.h"
#include "tests/bench/load_socket.h"
#include "tests/bench/load_subscribers.h"
#include "tests/bench/load_tally.h"
#include "tests/bench/load_upstream.h"

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
      "instead of authors, be a broker that sends events, of which so many may wait for an ack; "
      "prints upstream=PORT, and takes PORT and PID of --broadcast and --watch from standard input",
      ""},
     {"broadcast", "PORT", "where subscribers connect; several: by turns; none: there are none", "",
      Values::many},
     {"subscribers", "N", "so many, as far as descriptors go (1)", ""},
     {"filters", "N", "so many different ones, by turns; only with made events", ""},
     {"events", "N", "so many events (1000), made, or the first of STREAM", ""},
     {"size", "BYTES", "of a made event (700)", ""},
     {"tls-pin", "sha256:HEX", "connect by TLS, to who has this key", ""},
     {"stalled", "N", "so many more peers of --submit, who begin a TLS handshake and do not go on",
      ""},
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

// As poll_until, for authors that have an interval. It sleeps while an event is under way: who polls
// without a pause keeps the processor from a broker that was woken on it.
void submit_at_intervals(Poll& poll, Authors& authors, const LoadTally& tally,
                         LoadClock::time_point end) {
  while (!tally.complete() && LoadClock::now() < end) {
    authors.submit();
    const auto left = std::chrono::ceil<milliseconds>(authors.due() - LoadClock::now());
    poll.wait(std::clamp(static_cast<int>(left.count()), 1, 100));
  }
}

struct LoadOptions {
  AuthorsOptions authors;
  SubscribersOptions subscribers;
  std::size_t window = 0;  // of a broker upstream; 0: there are authors
  std::optional<int> process;
  std::shared_ptr<const TlsClient> tls;
  std::size_t stalled = 0;
  milliseconds limit{60'000};
};

// Peers who begin a TLS handshake and do not go on.
class Stalled final : public Watched {
 public:
  Stalled(Poll& poll, std::size_t count, std::uint16_t port) {
    constexpr std::string_view beginning("\x16\x03\x01");
    for (std::size_t i = 0; i < count; ++i) {
      sockets_.emplace_back(poll, *this);
      sockets_.back().connect(port);
      sockets_.back().send(beginning);
    }
  }
  void ready() override {
    for (FramedSocket& socket : sockets_)
      socket.flush();
  }

 private:
  std::list<FramedSocket> sockets_;
};

LoadOptions options_in(const CommandLine& line, std::size_t descriptors) {
  LoadOptions out;
  out.authors.port = line.value("submit", parse_port, out.authors.port);
  out.authors.at_once = line.value("authors", parse_count, out.authors.at_once);
  out.authors.keep = line.has("keep");
  out.authors.unnamed = line.has("unnamed");
  out.authors.interval = line.value("interval", parse_seconds, milliseconds(0));
  out.window = line.value("upstream", parse_count, out.window);
  out.subscribers.ports = line.values("broadcast", parse_port);
  out.subscribers.filters = line.value("filters", parse_count, out.subscribers.filters);
  if (out.window > 0 || line.has("broadcast"))
    out.subscribers.count = std::min(line.value("subscribers", parse_count, std::size_t{1}),
                                     descriptors - other_descriptors - out.authors.at_once);
  if (line.has("watch"))
    out.process = static_cast<int>(line.value("watch", parse_count, std::size_t{0}));
  if (line.has("tls-pin"))
    out.tls = std::make_shared<TlsClient>(
        TlsClientOptions{.authorities = {},
                         .pins = line.values("tls-pin", parse_fingerprint),
                         .certificate = {},
                         .key = {}});
  if (line.has("stalled")) out.stalled = line.value("stalled", parse_count, out.stalled);
  out.limit = line.value("limit", parse_seconds, out.limit);
  return out;
}

LoadEvents events_in(const CommandLine& line) {
  const std::size_t count = line.value("events", parse_count, std::size_t{1000});
  if (line.operands().empty())
    return LoadEvents::make(count, line.value("size", parse_bytes, std::size_t{700}));
  if (line.has("filters")) throw UsageError("--filters is for made events");
  return LoadEvents::read(line.operands().front(), count);
}

// The broker that subscribes to ours has to know where that is before it can say where itself is.
void get_to_know(LoadOptions& options, const Upstream& upstream) {
  fmt::print("upstream={}\n", upstream.port());
  std::fflush(stdout);
  int process = 0;
  std::uint16_t port = 0;
  if (!(std::cin >> port >> process)) throw UsageError("standard input has no PORT and PID");
  options.subscribers.ports = {port};
  options.process = process;
}

int run(const CommandLine& line) {
  LoadOptions options = options_in(line, raise_descriptor_limit());
  LoadEvents events = events_in(line);
  Poll poll;
  const Stalled stalled(poll, options.stalled, options.authors.port);
  poll.use(options.tls);
  LoadTally tally(wanted_by(options.subscribers, events.size()));
  std::optional<Upstream> upstream;
  if (options.window > 0) {
    upstream.emplace(poll, events, tally, options.window);
    get_to_know(options, *upstream);
  }
  std::optional<WatchedProcess> watched;
  if (options.process) watched.emplace(*options.process);

  const auto begin = LoadClock::now();
  const auto end = begin + options.limit;
  Subscribers subscribers(poll, events, tally, options.subscribers);
  subscribers.connect();
  if (!poll_until(poll, end,
                  [&] { return subscribers.connected() && (!upstream || upstream->connected()); }))
    throw std::runtime_error("not everybody could connect in time");
  const std::chrono::duration<double> connecting = LoadClock::now() - begin;
  settle(poll);

  if (watched) watched->begin();
  Authors authors(poll, events, tally, options.authors);
  if (upstream)
    upstream->begin();
  else
    authors.submit();
  if (options.authors.interval.count() > 0)
    submit_at_intervals(poll, authors, tally, end);
  else
    (void)poll_until(poll, end, [&] { return tally.complete(); });

  fmt::print("subscribers={} connected_s={:.3f} {}{}\n", options.subscribers.count,
             connecting.count(), tally.text(),
             watched ? " " + watched->text(tally.deliveries(), options.subscribers.count) : "");
  return tally.went_well() ? 0 : 1;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
