// brokerd: a broker of the VOEvent network. See brokerd(8).
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/author/kafka_author.h"
#include "lib/base/diagnostics.h"
#include "lib/base/text.h"
#include "lib/broker/allow_lists.h"
#include "lib/broker/broker.h"
#include "lib/broker/check_config.h"
#include "lib/broker/peer_limits.h"
#include "lib/cli/kafka_options.h"
#include "lib/cli/options.h"
#include "lib/cli/peers.h"
#include "lib/cli/service.h"
#include "lib/cli/state_file.h"
#include "lib/filter/filter.h"
#include "lib/filter/filter_advice.h"
#include "lib/voevent/ivoid.h"

namespace vtp {
namespace {

constexpr std::uint16_t author_port = 8098;
constexpr std::uint16_t subscriber_port = 8099;
constexpr std::size_t most_threads = 256;
constexpr std::size_t least_memory = 64 * 1024 * 1024;

const Program program{
    "brokerd",
    "receive, store and relay VOEvents",
    "",
    {{"local-ivo", "IVOID", "identifier of this broker, such as ivo://authority/broker", ""},
     {"r,receive", "ENDPOINT",
      "listen for authors at port, address:port, tcp:… or unix:/path (default: tcp:8098)",
      "tcp:8098", Values::many},
     {"receive-port", "PORT", "port of a --receive that has none", "", Values::one, Offered::no},
     {"receive-allow,receive-whitelist,author-whitelist,whitelist", "CIDR",
      "addresses or hosts that may submit (default: 127.0.0.0/8 and ::1; also --receive-whitelist)",
      "", Values::list},
     {"author-timeout", "SECONDS",
      "timeout for an event from an author or a message from a subscriber (default: 20)", ""},
     {"max-authors", "N",
      "maximum number of connected authors (default: 4096, or what descriptors allow)", ""},
     {"max-authors-per-address", "N",
      "maximum number of authors per address (default: 3/4 of --max-authors)", ""},
     {"b,broadcast", "ENDPOINT",
      "listen for subscribers; ENDPOINT as for --receive (default: tcp:8099)", "tcp:8099",
      Values::many},
     {"broadcast-port", "PORT", "port of a --broadcast that has none", "", Values::one,
      Offered::no},
     {"broadcast-allow,broadcast-whitelist,subscriber-whitelist", "CIDR",
      "addresses or hosts that may subscribe (default: all; also --broadcast-whitelist)", "",
      Values::list},
     {"max-subscribers", "N",
      "maximum number of connected subscribers (default: 16384, or what descriptors allow)", ""},
     {"max-subscribers-per-address", "N",
      "maximum number of subscribers per address (default: 3/4 of --max-subscribers)", ""},
     {"broadcast-test-interval", "SECONDS",
      "interval between test events; 0 for none (default: 3600)", ""},
     {"iamalive-interval", "SECONDS",
      "interval between iamalive messages to each subscriber (default: 60)", ""},
     {"s,subscribe,remote", "ENDPOINT",
      "subscribe to a broker or topics: host, host:port, [IPv6]:port, tcp:…, unix:/path or "
      "kafka://host/topic (also --remote)",
      "", Values::many},
     {"forward", "ENDPOINT",
      "hand accepted events on to a broker, as an author, or to kafka://host/topic", "",
      Values::many},
     kafka_config_option(),
     kafka_property_option(),
     {"filter", "XPATH", "accept only matching events from upstream brokers", "", Values::many},
     {"cmd", "COMMAND", "run a command for each event, with the event on its standard input", "",
      Values::many},
     {"cmd-jobs", "N", "maximum parallel runs of each command (default: 1)", ""},
     {"cmd-timeout", "SECONDS", "timeout for each run of a command (default: 60)", ""},
     {"print-event", "", "print each event to standard output", ""},
     {"save-event", "", "save each event as a file", ""},
     {"save-event-directory", "DIR", "folder for saved events; implies --save-event (default: .)",
      ""},
     {"eventdb", "FILE",
      "database of events: a file, or a folder for events.db "
      "(default: ~/.local/state/vtptools/events.db, or in $STATE_DIRECTORY; see brokerd(8))",
      ""},
     {"log", "LOG",
      "the log: local, in --eventdb, or kafka://host/topic, which several brokers share (default: "
      "local)",
      ""},
     {"log-timeout", "SECONDS", "timeout for an event to come back from a shared log (default: 10)",
      ""},
     {"keep", "DAYS", "how long an event is remembered (default: 30)", ""},
     {"keep-size", "BYTES", "maximum total size of stored events (default: no limit)", ""},
     {"sync", "WHEN",
      "when an event counts as stored: full, normal or off (default: full; see brokerd(8))", ""},
     {"threads", "N", "number of network threads (default: number of processors)", ""},
     {"max-size", "BYTES", "maximum size of an event (default: 4M)", ""},
     {"max-memory", "BYTES", "maximum memory of the broker, at least 64M (default: 512M)", ""},
     {"config", "FILE",
      "read options from a file, one name=value per line; the command line overrides it", "",
      Values::many},
     {"check-config", "", "print the effective settings, or the errors in them, and exit", ""},
     {"daemon", "", "run in the background; return once the broker listens", ""},
     {"pidfile", "FILE", "PID file; also prevents a second instance", ""},
     {"logfile", "FILE", "write diagnostics to a file, not to standard error; SIGHUP reopens it",
      ""},
     {"v,verbose", "", "print more diagnostics", ""},
     {"q,quiet", "", "print only warnings and errors", ""}},
    1};

// Needed to reply to authors or to greet subscribers; empty if it is neither given nor needed.
std::string local_ivo(const CommandLine& line) {
  const auto given = line.text("local-ivo");
  for (const char* option : {"receive", "broadcast"})
    if (!given && line.text(option))
      throw UsageError(
          fmt::format("--{} needs --local-ivo, as in --local-ivo=ivo://authority/broker", option));
  return line.value("local-ivo", parse_own_ivoid, std::string{});
}

// Comet 2 has the port as a separate option.
std::vector<Endpoint> endpoints_in(const CommandLine& line, const std::string& option,
                                   std::uint16_t default_port) {
  const std::string port_option = option + "-port";
  const auto port = line.value(port_option, parse_port, default_port);
  auto endpoints = line.values(option, [&](std::string_view text) {
    const bool is_implied = text == fmt::format("tcp:{}", default_port);
    return is_implied ? Endpoint{TcpEndpoint{"", port}} : parse_listen(text, port);
  });
  if (endpoints.empty() && line.text(port_option))
    throw UsageError(
        fmt::format("--{} needs --{}; did you mean --{}={}?", port_option, option, option, port));
  return endpoints;
}

void add_upstreams(const CommandLine& line, const KafkaProperties& properties,
                   BrokerOptions& options) {
  SubscriberOptions broker;
  broker.local_ivo = options.receiver.local_ivo;
  broker.max_size = options.receiver.max_size;
  broker.filters = options.upstream_filters = line.values("filter", Filter::check);
  KafkaSubscriberOptions topics;
  topics.consumer.properties = properties;
  topics.consumer.max_size = options.receiver.max_size;
  const auto parse = [](std::string_view text) { return parse_source(text, subscriber_port); };
  for (const SourceEndpoint& upstream : line.values("subscribe", parse)) {
    if (const auto* endpoint = std::get_if<KafkaEndpoint>(&upstream)) {
      check_hosts(*endpoint, properties);
      topics.consumer.endpoint = *endpoint;
      options.topics.push_back(topics);
    } else {
      broker.brokers = std::get<std::vector<Endpoint>>(upstream);
      options.upstreams.push_back(broker);
    }
  }
  if (options.upstreams.empty() && options.topics.empty() && !options.upstream_filters.empty())
    throw UsageError("--filter needs --subscribe: it is for upstream brokers");
}

// The topic that is the log cannot be a source or a destination as well.
void check_not_used_twice(const KafkaEndpoint& log, const BrokerOptions& options) {
  const std::string& topic = log.topics.front();
  const auto check = [&](const KafkaEndpoint& other, const char* option) {
    if (are_on_one_cluster(log, other) && other.may_have(topic))
      throw UsageError(
          fmt::format("--{}={}: the topic {} is the log (--log)", option, text_of(other), topic));
  };
  for (const KafkaSubscriberOptions& topics : options.topics)
    check(topics.consumer.endpoint, "subscribe");
  for (const ForwardOptions& forward : options.forwards)
    if (const auto* const other = std::get_if<KafkaEndpoint>(&forward.destination.endpoint))
      check(*other, "forward");
}

// Nothing for a log of the broker's own.
std::optional<SharedLogOptions> shared_log_in(const CommandLine& line,
                                              const KafkaProperties& properties,
                                              const BrokerOptions& options) {
  SharedLogOptions shared;
  shared.timeout = line.value("log-timeout", parse_seconds, shared.timeout);
  if (line.text("log").value_or("local") == "local") {
    if (line.has("log-timeout")) throw UsageError("--log-timeout needs --log=kafka://HOST/TOPIC");
    return std::nullopt;
  }
  const auto parse = [](std::string_view text) -> Result<KafkaEndpoint> {
    if (is_kafka(text)) return parse_kafka_destination(text);
    return Problem{fmt::format("{} is neither local nor kafka://HOST/TOPIC", text)};
  };
  shared.endpoint = line.value("log", parse, KafkaEndpoint{});
  check_hosts(shared.endpoint, properties);
  shared.properties = properties;
  shared.source = source_name(program.name);
  shared.max_size = options.receiver.max_size;
  check_not_used_twice(shared.endpoint, options);
  return shared;
}

std::vector<HandlerOptions> handlers_in(const CommandLine& line, const BrokerOptions& options) {
  std::vector<HandlerOptions> handlers;
  const auto add = [&](const std::string& name) -> OutletOptions& {
    handlers.push_back({name, {}, options.receiver.local_ivo, {}});
    handlers.back().outlet.print = Print::nothing;
    return handlers.back().outlet;
  };
  if (line.has("print-event")) add("--print-event").print = Print::stream;
  if (line.has("save-event") || line.text("save-event-directory"))
    add("--save-event").save = line.text("save-event-directory").value_or(".");
  CommandOptions command;
  command.output = CommandOutput::log;
  command.jobs = line.value("cmd-jobs", parse_count, command.jobs);
  command.timeout = line.value("cmd-timeout", parse_seconds, command.timeout);
  const std::vector<std::string> commands = line.all("cmd");
  for (const std::string& given : commands) {
    command.command = given;
    if (commands.size() > 1) command.name = fmt::format("--cmd={}", shortened(given));
    add(command.name.empty() ? "--cmd" : command.name).command = command;
  }
  return handlers;
}

std::vector<ForwardOptions> forwards_in(const CommandLine& line, const KafkaProperties& properties,
                                        const BrokerOptions& options) {
  std::vector<ForwardOptions> forwards;
  for (PeerEndpoint& endpoint : destinations_in(line, "forward", author_port)) {
    check_hosts(endpoint, properties);
    ForwardOptions& forward = forwards.emplace_back();
    forward.local_ivo = options.receiver.local_ivo;
    forward.destination.endpoint = std::move(endpoint);
    forward.destination.kafka = properties;
    forward.destination.source = source_name(program.name);
    forward.destination.max_size = options.receiver.max_size;
  }
  return forwards;
}

// One processor per thread, within the limit.
std::size_t default_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads);
}

Result<std::size_t> parse_threads(std::string_view text) {
  const auto count = parse_count(text);
  if (count && *count > most_threads)
    return Problem{fmt::format("{} is more than {}", text, most_threads)};
  return count;
}

Result<std::size_t> parse_memory(std::string_view text) {
  const auto bytes = parse_storage(text);
  if (!bytes) return Problem{bytes.problem()};
  if (*bytes < least_memory) return Problem{fmt::format("{} is less than 64M", text)};
  return static_cast<std::size_t>(*bytes);
}

BrokerOptions options_in(const CommandLine& line, const Diagnostics& diagnostics) {
  BrokerOptions options;
  options.receive = endpoints_in(line, "receive", author_port);
  options.broadcast = endpoints_in(line, "broadcast", subscriber_port);
  if (options.receive.empty() && options.broadcast.empty() && !line.text("subscribe"))
    throw UsageError("nothing to do: use --receive, --broadcast or --subscribe");
  options.receiver.local_ivo = options.broadcaster.local_ivo = local_ivo(line);
  options.receiver.timeout = line.value("author-timeout", parse_seconds, options.receiver.timeout);
  options.receiver.max_size = line.value("max-size", parse_bytes, options.receiver.max_size);
  options.broadcaster.message_timeout = options.receiver.timeout;
  options.max_memory = line.value("max-memory", parse_memory, options.max_memory);
  options.broadcaster.alive_interval =
      line.value("iamalive-interval", parse_seconds, options.broadcaster.alive_interval);
  if (!options.broadcast.empty())
    options.test_interval =
        line.value("broadcast-test-interval", parse_interval, std::chrono::milliseconds(3'600'000));
  const KafkaProperties properties = kafka_properties_in(line, diagnostics);
  add_upstreams(line, properties, options);
  options.forwards = forwards_in(line, properties, options);
  options.shared_log = shared_log_in(line, properties, options);
  options.handlers = handlers_in(line, options);
  options.keep.time = line.value("keep", parse_days, options.keep.time);
  options.keep.bytes = line.value("keep-size", parse_storage, options.keep.bytes);
  options.sync = line.value("sync", parse_sync, options.sync);
  options.threads = line.value("threads", parse_threads, default_threads());
  options.version = version_text(program);
  options.event_db = state_file(line, "eventdb", "events.db");
  set_connection_limits(line, options);
  return options;
}

// Freed memory is soon needed again: returning small pieces of it to the system costs more than
// handling events.
void keep_memory() {
  constexpr int step = 1024 * 1024;
  mallopt(M_TOP_PAD, step);
  mallopt(M_TRIM_THRESHOLD, 16 * step);
}

std::optional<std::string> file_in(const CommandLine& line, const char* option) {
  const auto file = line.text(option);
  if (file && file->empty()) throw UsageError(fmt::format("--{}: there is no file name", option));
  return file;
}

ServiceOptions service_options_in(const CommandLine& line) {
  ServiceOptions options;
  options.name = program.name;
  options.most = level_in(line);
  options.log_file = file_in(line, "logfile");
  options.pid_file = file_in(line, "pidfile");
  options.daemon = line.has("daemon");
  for (const char* option : {"config", "receive-allow", "broadcast-allow"})
    options.rereads = options.rereads || !line.all(option).empty();
  if (line.has("print-event")) options.output = StandardOutput::kept;
  return options;
}

// Reports only the problems with the options, if there are any.
int check(CommandLine line, const Clock& clock) {
  const Diagnostics diagnostics(program.name, LineStyle::tool, level_in(line), clock);
  line.collect_problems();
  CheckedConfig checked;
  std::vector<std::string> problems;
  try {
    checked = check_config(line, options_in(line, diagnostics), AllowLists::in(line));
    static_cast<void>(service_options_in(line));
  } catch (const std::exception& error) {
    // This error may only be a consequence of other problems.
    if (line.problems().empty()) problems.emplace_back(error.what());
  }
  for (const auto& more : {line.problems(), checked.problems})
    problems.insert(problems.end(), more.begin(), more.end());
  for (const std::string& problem : problems)
    diagnostics.error("{}", problem);
  if (!problems.empty()) return usage_status;
  for (const std::string& warning : checked.warnings)
    diagnostics.warning("{}", warning);
  for (const std::string& doubt : doubts_about_filters(line.all("filter")))
    diagnostics.warning("{}", doubt);
  std::fputs(checked.text.c_str(), stdout);
  return 0;
}

int serve(const CommandLine& line, const Clock& clock, Service& service) {
  BrokerOptions options = options_in(line, service.diagnostics());
  AllowLists lists = AllowLists::in(line);
  if (const auto status = service.start()) return *status;
  AllowListReader allowed(line, std::move(lists), service.diagnostics());
  options.receive_allowed = allowed.ranges().authors;
  options.broadcast_allowed = allowed.ranges().subscribers;
  for (const std::string& doubt : doubts_about_filters(line.all("filter")))
    service.diagnostics().warning("{}", doubt);
  options.on_listening = [&service] { service.ready(); };
  options.on_stopping = [&service] { service.stopping(); };
  if (service.heeds_hangup()) {
    options.on_hangup = [&service] { service.hangup(); };
    options.read_allowed_again = [&allowed] { return allowed.read_again(); };
  }
  make_folder_of(options.event_db);
  const std::string database = options.event_db;
  {
    Broker broker(std::move(options), clock, service.diagnostics());
    broker.run();
  }
  // SQLite moves everything into the one file when the last program closes it, if it can.
  if (const std::string journal = database + "-wal"; ::access(journal.c_str(), F_OK) == 0)
    service.diagnostics().warning("{} has events that are not in {} yet: keep the two together",
                                  journal, database);
  return 0;
}

int run(const CommandLine& line) {
  std::signal(SIGPIPE, SIG_IGN);  // diagnostics without a reader must not stop the broker
  raise_descriptor_limit();
  keep_memory();
  const Clock clock;
  if (line.has("check-config")) return check(line, clock);
  Service service(service_options_in(line), clock);
  return service.run([&] { return serve(line, clock, service); });
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
