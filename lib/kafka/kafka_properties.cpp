#include "lib/kafka/kafka_properties.h"

#include <algorithm>
#include <array>
#include <librdkafka/rdkafka.h>
#include <memory>

#include <fmt/format.h>

#include "lib/base/secret.h"
#include "lib/base/settings.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

// What the programs set themselves: nothing acknowledged is lost, nothing is read twice, and all of
// librdkafka runs on the program's own thread only if these are as they are.
constexpr std::array own{"acks",
                         "request.required.acks",
                         "enable.idempotence",
                         "message.timeout.ms",
                         "delivery.timeout.ms",
                         "transactional.id",
                         "auto.offset.reset",
                         "enable.auto.commit",
                         "auto.commit.enable",
                         "enable.auto.offset.store",
                         "enable.partition.eof",
                         "log.queue",
                         "enabled_events"};

bool is_own(std::string_view name) { return std::ranges::find(own, name) != own.end(); }

// How to get a token (fetch_token.h).
constexpr const char* token_method = "sasl.oauthbearer.method";
constexpr std::array for_tokens{token_method,
                                "sasl.oauthbearer.client.id",
                                "sasl.oauthbearer.client.secret",
                                "sasl.oauthbearer.token.endpoint.url",
                                "sasl.oauthbearer.scope",
                                "sasl.oauthbearer.extensions",
                                "https.ca.location"};

bool is_for_tokens(std::string_view name) {
  return std::ranges::find(for_tokens, name) != for_tokens.end();
}

// The reason why librdkafka does not take it; empty if it does.
std::string refusal(const std::string& name, const std::string& value) {
  const std::unique_ptr<rd_kafka_conf_t, void (*)(rd_kafka_conf_t*)> scratch(rd_kafka_conf_new(),
                                                                             rd_kafka_conf_destroy);
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(scratch.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) ==
      RD_KAFKA_CONF_OK)
    return {};
  return is_secret(name) ? name + ": librdkafka does not take the value" : printable(reason.data());
}

// Its value is the name of a file with a private key.
bool is_key_file(std::string_view name) {
  return name == "ssl.key.location" || name == "ssl.keystore.location";
}

}  // namespace

bool is_secret(std::string_view name) {
  constexpr std::array words{"password", "secret", "key.pem", "jaas", "token"};
  return std::ranges::any_of(
             words,
             [name](std::string_view word) { return name.find(word) != std::string_view::npos; }) &&
         !name.ends_with(".url");
}

Result<KafkaProperties> KafkaProperties::read(const std::optional<std::string>& file,
                                              const std::vector<std::string>& given) {
  KafkaProperties properties;
  if (file) {
    const auto settings = read_settings(*file);
    if (!settings) return Problem{fmt::format("{}: {}", *file, settings.problem())};
    bool has_secret = false;
    for (const Setting& setting : *settings) {
      if (!setting.value) return Problem{fmt::format("{}: expected NAME=VALUE", setting.location)};
      if (const auto problem = properties.add(setting.location, setting.name, *setting.value))
        return *problem;
      has_secret = has_secret || is_secret(setting.name);
    }
    if (has_secret)
      if (auto warning = warning_of_readable_secret(*file))
        properties.warnings_.push_back(*std::move(warning));
  }
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Problem{
          fmt::format("-X: expected NAME=VALUE, not {}", printable(text.substr(0, equals)))};
    if (const auto problem = properties.add("-X", text.substr(0, equals), text.substr(equals + 1)))
      return *problem;
  }
  for (const auto& [name, value] : properties.values_)
    if (is_key_file(name))
      if (auto warning = warning_of_readable_secret(value))
        properties.warnings_.push_back(*std::move(warning));
  if (const auto request = properties.token_request())
    if (auto problem = check(*request)) return *std::move(problem);
  return properties;
}

bool KafkaProperties::have_secrets() const {
  const auto is = [](const auto& each) { return is_secret(each.first) || is_key_file(each.first); };
  return std::ranges::any_of(values_, is) || std::ranges::any_of(for_tokens_, is);
}

bool KafkaProperties::have_hosts() const {
  return values_.contains("bootstrap.servers") || values_.contains("metadata.broker.list");
}

std::optional<TokenRequest> KafkaProperties::token_request() const {
  const auto value = [this](const char* name) {
    const auto found = for_tokens_.find(name);
    return found == for_tokens_.end() ? std::string() : found->second;
  };
  if (value(token_method) != "oidc") return std::nullopt;
  TokenRequest request;
  request.client_id = value("sasl.oauthbearer.client.id");
  request.client_secret = value("sasl.oauthbearer.client.secret");
  request.endpoint = value("sasl.oauthbearer.token.endpoint.url");
  request.scope = value("sasl.oauthbearer.scope");
  request.extensions = value("sasl.oauthbearer.extensions");
  request.ca_location = value("https.ca.location");
  return request;
}

std::optional<Problem> KafkaProperties::add(const std::string& location, const std::string& name,
                                            const std::string& value) {
  if (is_own(name)) {
    warnings_.push_back(
        fmt::format("{}: {} is ignored: this program sets it itself", location, name));
    return std::nullopt;
  }
  if (is_for_tokens(name)) {
    if (name == token_method && value != "oidc" && value != "default")
      return Problem{fmt::format("{}: {} is default or oidc", location, name)};
    for_tokens_[name] = value;
    return std::nullopt;
  }
  if (const std::string reason = refusal(name, value); !reason.empty())
    return Problem{fmt::format("{}: {}", location, reason)};
  values_[name] = value;
  return std::nullopt;
}

std::optional<std::string> KafkaProperties::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace vtp
