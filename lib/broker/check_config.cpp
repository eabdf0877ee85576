#include "lib/broker/check_config.h"

#include <cerrno>
#include <filesystem>
#include <functional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/kafka/kafka_properties.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds look_up_timeout{10};

std::string seconds_of(std::chrono::milliseconds time) {
  return fmt::format("{}", static_cast<double>(time.count()) / 1000);
}

class Description {
 public:
  explicit Description(const CommandLine& line) : line_(line) {}

  template <class Value>
  void set(std::string_view name, const Value& value) {
    out_.text += fmt::format("{} = {}\n", name, printable(fmt::format("{}", value)));
    described_.emplace(name);
  }
  void comment(std::string_view text) { out_.text += fmt::format("# {}\n", text); }

  // The given options that were not described.
  void rest() {
    for (const Option& option : line_.program().options) {
      const std::string name = names_of(option).long_names.front();
      if (described_.contains(name)) continue;
      if (option.argument.empty()) {
        if (line_.has(name)) out_.text += name + "\n";
        continue;
      }
      for (const std::string& value : line_.all(name)) {
        if (value.find('\n') != std::string::npos)
          comment("The next line contains a line break, which only the command line can have:");
        set(name, value);
      }
    }
  }

  // These options are not described.
  void pass_over(std::initializer_list<const char*> names) {
    described_.insert(names.begin(), names.end());
  }

  void endpoints_to_listen(const char* name, const std::vector<Endpoint>& endpoints) {
    for (const Endpoint& endpoint : endpoints) {
      set(name, text_of(endpoint));
      resolve(name, endpoint, out_.problems);
      if (const auto* local = std::get_if<UnixEndpoint>(&endpoint))
        check_folder_of(name, local->path);
    }
  }

  void upstreams(const BrokerOptions& options) {
    for (const SubscriberOptions& upstream : options.upstreams) {
      set("subscribe", text_of(upstream.brokers));
      for (const Endpoint& broker : upstream.brokers)
        resolve("subscribe", broker, out_.warnings);
    }
    for (const KafkaSubscriberOptions& topics : options.topics)
      set("subscribe", text_of(topics.consumer.endpoint));
  }

  void forwards(const std::vector<ForwardOptions>& forwards) {
    for (const ForwardOptions& forward : forwards) {
      const PeerEndpoint& endpoint = forward.destination.endpoint;
      set("forward", text_of(endpoint));
      if (const auto* broker = std::get_if<Endpoint>(&endpoint))
        resolve("forward", *broker, out_.warnings);
    }
  }

  // Without the values of secrets.
  void kafka_properties() {
    for (const std::string& given : line_.all("kafka-property")) {
      const std::string name = given.substr(0, given.find('='));
      set("kafka-property", is_secret(name) ? name + "=..." : given);
    }
  }

  void allow_list(const char* name, std::vector<Allowed>& list) {
    for (const std::string& problem : look_up(list, look_up_timeout))
      out_.warnings.push_back(fmt::format("--{}: {}", name, problem));
    for (const Allowed& each : list) {
      set(name, each.text);
      if (each.is_name) comment(text_of({each}));
    }
  }

  void limits(const std::string& whom, const ConnectionLimits& limits) {
    set("max-" + whom, limits.total);
    set("max-" + whom + "-per-address", limits.each_address);
  }

  void database(const std::string& file) {
    set("eventdb", file);
    std::error_code error;
    const fs::file_status there = fs::status(file, error);
    if (fs::is_regular_file(there)) {
      comment(fmt::format("exists, with {} bytes", fs::file_size(file, error)));
      if (::access(file.c_str(), R_OK | W_OK) != 0) cannot_use("eventdb", file);
    } else if (fs::exists(there)) {
      out_.problems.push_back(fmt::format("--eventdb: {} is not a file", file));
    } else {
      comment("will be created");
      check_new_file(file);
    }
  }

  void signatures(const VerifierOptions& options) {
    set("verify", name_of(options.verify));
    if (options.verify == Verify::off) return;
    if (options.check.keyring) set("keyring", *options.check.keyring);
    set("verify-threads", options.threads);
    set("verify-queue", options.most_waiting);
    set("verify-timeout", seconds_of(options.check.timeout));
    try {
      comment(fmt::format("{} key(s) in {}", count_keys(options.check),
                          name_of_keyring(options.check.keyring)));
    } catch (const std::runtime_error& error) {
      out_.problems.emplace_back(error.what());
    }
  }

  CheckedConfig take() { return std::move(out_); }

 private:
  // Shows the current addresses of a host name.
  void resolve(const char* name, const Endpoint& endpoint, std::vector<std::string>& problems) {
    const auto* tcp = std::get_if<TcpEndpoint>(&endpoint);
    if (!tcp || tcp->host.empty()) return;
    asio::error_code no_address;
    asio::ip::make_address(tcp->host, no_address);
    if (!no_address) return;
    std::vector<Allowed> host{{tcp->host, true, {}, {}}};
    if (look_up(host, look_up_timeout).empty())
      comment(text_of(host));
    else
      problems.push_back(fmt::format("--{}: cannot resolve {}", name, tcp->host));
  }

  // Missing folders would be created in the first one that exists.
  void check_new_file(const std::string& file) {
    std::error_code error;
    fs::path folder = fs::absolute(file, error).parent_path();
    while (!fs::exists(folder, error) && folder.has_relative_path())
      folder = folder.parent_path();
    if (!fs::is_directory(folder, error))
      out_.problems.push_back(fmt::format("--eventdb: {} is not a folder", folder.string()));
    else if (::access(folder.c_str(), W_OK | X_OK) != 0)
      cannot_use("eventdb", folder.string());
  }

  void check_folder_of(const char* name, const std::string& path) {
    std::error_code error;
    const fs::path folder = fs::absolute(path, error).parent_path();
    if (::access(folder.c_str(), W_OK | X_OK) != 0) cannot_use(name, folder.string());
  }

  void cannot_use(std::string_view name, const std::string& path) {
    const std::error_code why(errno, std::generic_category());
    out_.problems.push_back(fmt::format("--{}: {}: {}", name, path, why.message()));
  }

  const CommandLine& line_;
  std::set<std::string, std::less<>> described_;
  CheckedConfig out_;
};

std::string_view name_of(Sync sync) {
  switch (sync) {
    case Sync::full:
      return "full";
    case Sync::normal:
      return "normal";
    case Sync::off:
      break;
  }
  return "off";
}

void describe_sides(Description& out, const BrokerOptions& options, AllowLists& lists) {
  if (!options.receiver.local_ivo.empty()) out.set("local-ivo", options.receiver.local_ivo);
  out.endpoints_to_listen("receive", options.receive);
  if (!options.receive.empty()) {
    out.allow_list("receive-allow", lists.authors);
    out.limits("authors", options.authors);
  }
  out.endpoints_to_listen("broadcast", options.broadcast);
  if (!options.broadcast.empty()) {
    out.allow_list("broadcast-allow", lists.subscribers);
    out.limits("subscribers", options.subscribers);
    out.set("broadcast-test-interval", seconds_of(options.test_interval));
    out.set("iamalive-interval", seconds_of(options.broadcaster.alive_interval));
  }
  out.endpoints_to_listen("http", options.http.endpoints);
  if (!options.http.endpoints.empty()) {
    out.allow_list("http-allow", lists.http);
    for (const std::string& host : options.http.hosts)
      out.set("http-host", host);
    out.set("http-connections", options.http.connections);
    out.set("http-timeout", seconds_of(options.http.timeout));
    out.set("http-query-timeout", seconds_of(options.http.query_timeout));
    out.set("http-max-request", options.http.max_request);
  }
  if (!options.receive.empty() || !options.broadcast.empty())
    out.set("author-timeout", seconds_of(options.receiver.timeout));
  out.upstreams(options);
  out.forwards(options.forwards);
  out.kafka_properties();
}

}  // namespace

CheckedConfig check_config(const CommandLine& line, const BrokerOptions& options,
                           AllowLists lists) {
  Description out(line);
  // The ports are part of the endpoints.
  out.pass_over({"config", "check-config", "receive-port", "broadcast-port"});
  describe_sides(out, options, lists);
  out.set("log", options.shared_log ? text_of(options.shared_log->endpoint) : "local");
  if (options.shared_log) out.set("log-timeout", seconds_of(options.shared_log->timeout));
  out.database(options.event_db);
  out.set("keep", options.keep.time.count());
  if (options.keep.limits_bytes()) out.set("keep-size", options.keep.bytes);
  out.set("sync", name_of(options.sync));
  out.set("threads", options.threads);
  out.set("max-size", options.receiver.max_size);
  out.set("max-memory", options.max_memory);
  out.signatures(options.signatures);
  out.rest();
  return out.take();
}

}  // namespace vtp
