#include "lib/cli/kafka_options.h"

#include <variant>

#include <fmt/format.h>

#include "lib/base/secret.h"

namespace vtp {

Option kafka_config_option() {
  return {"kafka-config", "FILE",
          "properties of librdkafka for kafka://… endpoints, one name=value per line", ""};
}

Option kafka_property_option() {
  return {"X,kafka-property", "NAME=VALUE", "property of librdkafka; overrides --kafka-config", "",
          Values::many};
}

KafkaProperties kafka_properties_in(const CommandLine& line, const Diagnostics& diagnostics) {
  const auto properties =
      KafkaProperties::read(line.text("kafka-config"), line.all("kafka-property"));
  if (!properties) throw UsageError(properties.problem());
  for (const std::string& warning : properties->warnings())
    diagnostics.warning("{}", warning);
  const auto is_given_secret = [](const std::string& given) {
    return is_secret(given.substr(0, given.find('=')));
  };
  for (const std::string& file : line.files_with("kafka-property", is_given_secret))
    if (const auto warning = warning_of_readable_secret(file)) diagnostics.warning("{}", *warning);
  if (properties->have_secrets()) keep_memory_secret();
  return *properties;
}

void check_hosts(const PeerEndpoint& peer, const KafkaProperties& properties) {
  const auto* const topics = std::get_if<KafkaEndpoint>(&peer);
  if (topics && topics->hosts.empty() && !properties.have_hosts())
    throw UsageError(fmt::format(
        "{}: no hosts: write kafka://HOST/TOPIC, or bootstrap.servers=HOST in --kafka-config",
        text_of(peer)));
}

}  // namespace vtp
