#include "tools/brokerd/options.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/author/kafka_author.h"
#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/broker/peer_limits.h"
#include "lib/cli/kafka_options.h"
#include "lib/cli/peers.h"
#include "lib/cli/signature_options.h"
#include "lib/cli/state_file.h"
#include "lib/cli/tls_options.h"
#include "lib/filter/filter.h"
#include "lib/peers/peer_file.h"
#include "lib/peers/peer_file_reader.h"
#include "lib/voevent/ivoid.h"
#include "tools/brokerd/program.h"

namespace vtp {
namespace {

constexpr std::uint16_t author_port = 8098;
constexpr std::uint16_t subscriber_port = 8099;
constexpr std::uint16_t http_port = 8097;
constexpr std::size_t most_threads = 256;
constexpr std::size_t least_memory = 64 * 1024 * 1024;

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

Result<Endpoint> parse_http_endpoint(std::string_view text) {
  const auto endpoint = parse_listen(text, http_port);
  if (endpoint && has_tls(*endpoint))
    return Problem{
        "HTTP is served without TLS; put a reverse proxy before it (HTTP in brokerd(8))"};
  return endpoint;
}

// Lower-case letters, digits, hyphens and dots, as browsers send it.
Result<std::string> parse_host_name(std::string_view text) {
  std::string name = lower_case(text);
  if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") != name.npos)
    return Problem{fmt::format("{} is not a host name", text)};
  return name;
}

HttpOptions http_options_in(const CommandLine& line) {
  HttpOptions http;
  http.endpoints = line.values("http", parse_http_endpoint);
  for (const char* option : {"http-allow", "http-host", "http-connections", "http-timeout",
                             "http-query-timeout", "http-max-request"})
    if (http.endpoints.empty() && !line.all(option).empty())
      throw UsageError(fmt::format("--{} needs --http", option));
  const auto open = std::ranges::find_if_not(http.endpoints, is_on_this_machine);
  if (open != http.endpoints.end() && line.all("http-allow").empty())
    throw UsageError(fmt::format(
        "--http={} is open to other machines: say with --http-allow=CIDR which may use it",
        text_of(*open)));
  http.hosts = line.values("http-host", parse_host_name);
  http.connections = line.value("http-connections", parse_count, http.connections);
  http.timeout = line.value("http-timeout", parse_seconds, http.timeout);
  http.query_timeout = line.value("http-query-timeout", parse_seconds, http.query_timeout);
  http.max_request = line.value("http-max-request", parse_bytes, http.max_request);
  if (http.max_request < HttpOptions::least_max_request)
    throw UsageError(
        fmt::format("--http-max-request={} is too small for the requests of browsers: 1k at least",
                    line.all("http-max-request").back()));
  return http;
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
  shared.source = source_name(brokerd.name);
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
    forward.destination.source = source_name(brokerd.name);
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

std::optional<std::string> file_in(const CommandLine& line, const char* option) {
  const auto file = line.text(option);
  if (file && file->empty()) throw UsageError(fmt::format("--{}: there is no file name", option));
  return file;
}

// Sets TLS of the broker, its upstreams and its forwards.
void add_tls(const CommandLine& line, BrokerOptions& options) {
  const auto any = [](const std::vector<Endpoint>& endpoints) {
    return std::ranges::any_of(endpoints, [](const Endpoint& it) { return has_tls(it); });
  };
  bool connects = false;
  for (const SubscriberOptions& upstream : options.upstreams)
    connects = connects || any(upstream.brokers);
  for (const ForwardOptions& forward : options.forwards)
    connects = connects || has_tls(forward.destination.endpoint);
  const bool listens = any(options.receive) || any(options.broadcast);
  refuse_unused_tls(line, connects, listens);
  options.tls = {tls_server_in(line, listens, line.text("peers").has_value()),
                 tls_client_in(line, connects)};
  options.tls_timeout = line.value("tls-timeout", parse_seconds, options.tls_timeout);
  for (SubscriberOptions& upstream : options.upstreams)
    upstream.tls = options.tls.client;
  for (ForwardOptions& forward : options.forwards)
    forward.destination.tls = options.tls.client;
}

// nullptr: everybody may connect.
PeerListPtr peers_in(const CommandLine& line, const Diagnostics& diagnostics) {
  const auto file = file_in(line, "peers");
  if (!file) return nullptr;
  PeerFile found = read_peers(*file);
  if (!found.problems.empty()) throw UsageError(std::move(found.problems));
  for (const std::string& warning : found.warnings)
    diagnostics.warning("{}", warning);
  auto peers = std::make_shared<const PeerList>(std::move(found.peers));
  if (const auto doubt = doubt_about(*peers, line.text("tls-client-ca").has_value()))
    diagnostics.warning("{}", *doubt);
  return peers;
}

}  // namespace

BrokerOptions broker_options_in(const CommandLine& line, const Diagnostics& diagnostics) {
  BrokerOptions options;
  options.receive = endpoints_in(line, "receive", author_port);
  options.broadcast = endpoints_in(line, "broadcast", subscriber_port);
  if (options.receive.empty() && options.broadcast.empty() && !line.text("subscribe"))
    throw UsageError("nothing to do: use --receive, --broadcast or --subscribe");
  options.http = http_options_in(line);
  options.receiver.local_ivo = options.broadcaster.local_ivo = local_ivo(line);
  options.receiver.timeout = line.value("author-timeout", parse_seconds, options.receiver.timeout);
  options.receiver.max_size = line.value("max-size", parse_bytes, options.receiver.max_size);
  options.broadcaster.message_timeout = options.receiver.timeout;
  options.peers = peers_in(line, diagnostics);
  options.max_memory = line.value("max-memory", parse_memory, options.max_memory);
  options.broadcaster.alive_interval =
      line.value("iamalive-interval", parse_seconds, options.broadcaster.alive_interval);
  if (!options.broadcast.empty())
    options.test_interval =
        line.value("broadcast-test-interval", parse_interval, std::chrono::milliseconds(3'600'000));
  const KafkaProperties properties = kafka_properties_in(line, diagnostics);
  add_upstreams(line, properties, options);
  options.signatures = verifier_options_in(line);
  options.forwards = forwards_in(line, properties, options);
  add_tls(line, options);
  guard_tls_key(line, diagnostics);
  options.shared_log = shared_log_in(line, properties, options);
  options.handlers = handlers_in(line, options);
  options.keep.time = line.value("keep", parse_days, options.keep.time);
  options.keep.bytes = line.value("keep-size", parse_storage, options.keep.bytes);
  options.sync = line.value("sync", parse_sync, options.sync);
  options.threads = line.value("threads", parse_threads, default_threads());
  options.version = version_number();
  options.event_db = state_file(line, "eventdb", "events.db");
  set_connection_limits(line, options);
  return options;
}

std::optional<User> user_in(const CommandLine& line) {
  return line.value("user", parse_user, std::optional<User>());
}

ServiceOptions service_options_in(const CommandLine& line) {
  ServiceOptions options;
  options.name = brokerd.name;
  options.most = level_in(line);
  options.log_file = file_in(line, "logfile");
  options.pid_file = file_in(line, "pidfile");
  options.daemon = line.has("daemon");
  for (const char* option :
       {"config", "receive-allow", "broadcast-allow", "http-allow", "tls-cert", "peers"})
    options.rereads = options.rereads || !line.all(option).empty();
  if (line.has("print-event")) options.output = StandardOutput::kept;
  return options;
}

}  // namespace vtp
