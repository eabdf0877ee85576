#include "lib/broker/peer_limits.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

// Descriptors that peers cannot use, if there are enough: for the database, the diagnostics,
// listening and threads; and for each command, each run of gpg, and each peer to connect to, whose
// host name must be looked up, too.
constexpr std::size_t own_descriptors = 64;
constexpr std::size_t descriptors_each = 8;

// The limits from the options, or else a share of the available descriptors.
ConnectionLimits limits_in(const CommandLine& line, const std::string& whom, std::size_t most) {
  ConnectionLimits limits;
  limits.total = line.value("max-" + whom, parse_count, most);
  limits.each_address = line.value("max-" + whom + "-per-address", parse_count,
                                   std::max<std::size_t>(limits.total / 4 * 3, 1));
  return limits;
}

std::size_t descriptors_for_peers(const BrokerOptions& options) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  std::size_t commands = 0;
  for (const HandlerOptions& handler : options.handlers)
    if (handler.outlet.command) commands += handler.outlet.command->jobs;
  const std::size_t checks =
      options.signatures.verify == Verify::off ? 0 : options.signatures.threads;
  const std::size_t http = options.http.endpoints.empty() ? 0 : options.http.connections;
  const std::size_t kept = own_descriptors + http +
                           descriptors_each * (commands + checks + options.upstreams.size() +
                                               options.topics.size() + options.forwards.size());
  // If there are very few, half of them.
  return limit.rlim_cur - std::min<std::size_t>(kept, limit.rlim_cur / 2);
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void set_connection_limits(const CommandLine& line, BrokerOptions& options) {
  constexpr std::size_t most_authors = 4096;
  constexpr std::size_t most_subscribers = 16384;
  const std::size_t available = descriptors_for_peers(options);
  const auto share = [](std::size_t descriptors, std::size_t most) {
    return std::clamp<std::size_t>(descriptors, 1, most);
  };
  options.authors = limits_in(line, "authors", share(available / 3, most_authors));
  options.subscribers = limits_in(line, "subscribers", share(available / 3 * 2, most_subscribers));
  const bool asked = line.has("max-authors") || line.has("max-subscribers");
  if (asked && options.authors.total + options.subscribers.total > available)
    throw std::runtime_error(
        fmt::format("the limit of open files (ulimit -n) leaves {} for connections, too few for {} "
                    "authors and {} subscribers",
                    available, options.authors.total, options.subscribers.total));
}

}  // namespace vtp
