// listenvo: receives events from brokers and topics, for use in the shell. See listenvo(1).
#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/base/diagnostics.h"
#include "lib/base/text.h"
#include "lib/cli/kafka_options.h"
#include "lib/cli/options.h"
#include "lib/cli/peers.h"
#include "lib/cli/signature_options.h"
#include "lib/cli/tls_options.h"
#include "lib/filter/filter.h"
#include "lib/filter/filter_advice.h"
#include "lib/subscriber/listening.h"
#include "lib/voevent/ivoid.h"
#include "lib/voevent/sky.h"

namespace vtp {
namespace {

constexpr std::uint16_t default_port = 8099;
constexpr int unreachable_status = 3;
constexpr int failed_status = 4;

const Program program{
    "listenvo",
    "receive VOEvents from brokers and topics",
    "[ENDPOINT…]",
    {{"h,host", "HOST", "host of the broker (default: localhost)", ""},
     {"p,port", "PORT", "the broker's port for subscribers (default: 8099)", ""},
     {"f,filter", "XPATH", "output only events that match one of the filters", "", Values::many},
     {"cone", "RA,DEC,RADIUS",
      "output only events with a position in this circle, such as 83.63,22.01,1 or "
      "5h34m31.9s,+22d00m52s,30m",
      ""},
     {"n,count", "N", "exit after N events", ""},
     {"since", "TIME", "start with events received since TIME: 2h, 30d, a date, a UTC time", ""},
     {"any", "",
      "the brokers have the same log: listen to one of them, and to the next if it is lost", ""},
     {"resume", "FILE", "continue after the last event; the position is kept in FILE", ""},
     {"until-now", "", "exit once all stored events have been received", ""},
     {"timeout", "SECONDS", "exit after SECONDS", ""},
     {"idle", "SECONDS", "exit after SECONDS without a matching event", ""},
     {"json", "", "print one JSON object per line instead of XML", ""},
     {"F,format", "FORMAT",
      "print each event in this format instead of XML, such as '%r %i (%a, %d)\\n'", ""},
     {"raw", "", "print each message of a topic as it came, also what is no VOEvent", ""},
     {"print", "", "print events even with --save or --exec", ""},
     {"save", "DIR", "save each event as a file in this folder", ""},
     {"exec", "COMMAND", "run a command for each event, with the event on its standard input", ""},
     {"exec-retry", "", "run a failed command again until it succeeds", ""},
     {"jobs", "N", "maximum number of parallel commands (default: 1)", ""},
     {"exec-timeout", "SECONDS", "timeout for each command (default: 60)", ""},
     tls_pin_option(),
     tls_ca_option(),
     tls_cert_option(),
     tls_key_option(),
     kafka_config_option(),
     kafka_property_option(),
     verify_option(),
     keyring_option(),
     verify_threads_option(),
     {"local-ivo", "IVOID", "own identifier, sent to brokers (default: anonymous)", ""},
     {"no-reconnect", "", "do not retry a failed or lost connection", ""},
     {"max-size", "BYTES", "maximum size of an event (default: 4M)", ""},
     {"v,verbose", "", "print more diagnostics", ""},
     {"q,quiet", "", "print only warnings and errors", ""}},
    failed_status};

OutletOptions outlet_in(const CommandLine& line) {
  OutletOptions options;
  options.save = line.text("save");
  if (const auto command = line.text("exec")) {
    options.command.emplace();
    options.command->command = *command;
    options.command->jobs = line.value("jobs", parse_count, options.command->jobs);
    options.command->retry = line.has("exec-retry");
    options.command->timeout = line.value("exec-timeout", parse_seconds, options.command->timeout);
  }
  if (line.has("exec-retry") && !options.command) throw UsageError("--exec-retry needs --exec");
  if (line.has("raw")) {
    if (line.has("json")) throw UsageError("--raw and --json cannot be used together");
    for (const char* const other : {"format", "filter", "cone", "save", "exec", "verify"})
      if (line.text(other))
        throw UsageError(fmt::format("--raw and --{} cannot be used together", other));
  }
  const bool elsewhere = options.save || options.command;
  if (line.has("json") && line.text("format"))
    throw UsageError("--json and --format cannot be used together");
  options.format = line.value("format", Format::parse, Format{});
  if (line.has("json"))
    options.print = Print::json;
  else if (line.text("format"))
    options.print = Print::format;
  else if (elsewhere && !line.has("print"))
    options.print = Print::nothing;
  options.filters = line.values("filter", Filter::check);
  if (line.text("cone")) options.cone = line.value("cone", parse_cone, Cone{});
  options.count = line.value("count", parse_count, options.count);
  return options;
}

KafkaSubscriberOptions topics_in(const CommandLine& line, const KafkaEndpoint& endpoint,
                                 const KafkaProperties& properties, const SubscriberOptions& same) {
  KafkaSubscriberOptions options;
  options.consumer.endpoint = endpoint;
  options.consumer.properties = properties;
  options.consumer.max_size = same.max_size;
  options.consumer.since = same.since;
  options.consumer.until_now = same.until_now;
  options.consumer.reconnect = same.reconnect;
  options.whole_headline = same.whole_headline;
  options.most_under_way = same.most_under_way;
  options.most_bytes_under_way = same.most_bytes_under_way;
  options.with_details = line.has("json");
  options.raw = line.has("raw");
  return options;
}

// The sources of events, with what the command line says of all of them.
void add_sources(const CommandLine& line, Time now, const Diagnostics& diagnostics,
                 ListeningOptions& listening) {
  SubscriberOptions options;
  options.whole_headline = line.has("json") || line.text("format");
  options.most_under_way = Outlet::most_under_way;
  options.most_bytes_under_way = Outlet::most_bytes_under_way;
  options.local_ivo = line.value("local-ivo", parse_own_ivoid, options.local_ivo);
  options.filters = line.all("filter");
  options.max_size = line.value("max-size", parse_bytes, options.max_size);
  options.reconnect = !line.has("no-reconnect");
  if (line.text("since"))
    options.since = line.value(
        "since", [now](std::string_view text) { return parse_since(text, now); }, now);
  options.until_now = line.has("until-now");
  if (options.until_now && !options.since && !line.text("resume"))
    throw UsageError("--until-now needs --since or --resume, which say where to begin");
  const KafkaProperties properties = kafka_properties_in(line, diagnostics);
  const std::vector<SourceEndpoint> sources = sources_in(line, default_port);
  const bool by_tls =
      std::ranges::any_of(sources, [](const SourceEndpoint& source) { return has_tls(source); });
  refuse_unused_tls(line, by_tls, false);
  options.tls = tls_client_in(line, by_tls);
  guard_tls_key(line, diagnostics);
  for (const SourceEndpoint& source : sources) {
    if (const auto* topics = std::get_if<KafkaEndpoint>(&source)) {
      check_hosts(*topics, properties);
      listening.topics.push_back(topics_in(line, *topics, properties, options));
    } else {
      options.brokers = std::get<std::vector<Endpoint>>(source);
      listening.brokers.push_back(options);
    }
  }
  if (line.has("raw") && listening.topics.empty())
    throw UsageError("--raw needs topics of Kafka, such as kafka://HOST/TOPIC");
}

int run(const CommandLine& line) {
  const Clock clock;
  const Diagnostics diagnostics(program.name, LineStyle::tool, level_in(line), clock);
  std::signal(SIGPIPE,
              SIG_IGN);  // a closed pipe makes the write fail; then nothing is acknowledged
  ListeningOptions options;
  add_sources(line, clock.now(), diagnostics, options);
  options.resume = line.text("resume");
  options.outlet = outlet_in(line);
  options.signatures = verifier_options_in(line);
  for (const std::string& doubt : doubts_about_filters(options.outlet.filters))
    diagnostics.warning("{}", doubt);
  options.timeout = line.value("timeout", parse_seconds, options.timeout);
  options.idle = line.value("idle", parse_seconds, options.idle);
  switch (Listening(std::move(options), clock, diagnostics).run()) {
    case Heard::all:
      return 0;
    case Heard::unreachable:
      return unreachable_status;
    case Heard::failed:
      break;
  }
  return failed_status;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
