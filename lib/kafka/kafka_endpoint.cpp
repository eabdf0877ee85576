#include "lib/kafka/kafka_endpoint.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/base/text.h"
#include "lib/kafka/topic_pattern.h"

namespace vtp {
namespace {

constexpr std::string_view scheme = "kafka:";
constexpr std::uint16_t default_port = 9092;
constexpr std::size_t longest_topic = 249;  // Kafka's own limit

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
  return parts;
}

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

bool may_be_in_topic(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool is_topic(std::string_view topic) {
  return !topic.empty() && topic.size() <= longest_topic && topic != "." && topic != ".." &&
         std::ranges::all_of(topic, may_be_in_topic);
}

Result<std::vector<std::string>> hosts_in(std::string_view text) {
  std::vector<std::string> hosts;
  if (text.empty()) return hosts;
  if (text.find('@') != std::string_view::npos)
    return Problem{"the user does not belong here: write sasl.username=USER in --kafka-config"};
  for (const std::string_view part : split(text)) {
    const auto host = parse_peer(part, default_port);
    if (!host) return Problem{host.problem()};
    if (!std::holds_alternative<TcpEndpoint>(*host))
      return Problem{fmt::format("{} is not HOST or HOST:PORT", part)};
    hosts.push_back(text_of(*host));
  }
  return hosts;
}

Result<std::vector<std::string>> topics_in(std::string_view text) {
  std::vector<std::string> topics;
  for (const std::string_view topic : split(text)) {
    const TopicPattern pattern{std::string(topic)};
    if (!pattern.is_expression() && !is_topic(topic))
      return Problem{topic.empty()
                         ? "a topic is missing, as in kafka://HOST/TOPIC"
                         : fmt::format("{} is not the name of a topic", printable(topic))};
    if (!pattern.is_valid()) return Problem{fmt::format("{} is not a regular expression", topic)};
    topics.emplace_back(topic);
  }
  return topics;
}

}  // namespace

bool KafkaEndpoint::may_have(const std::string& topic) const {
  return std::ranges::any_of(
      topics, [&topic](const std::string& name) { return TopicPattern(name).matches(topic); });
}

bool are_on_one_cluster(const KafkaEndpoint& one, const KafkaEndpoint& other) {
  if (one.hosts.empty() && other.hosts.empty()) return true;
  return std::ranges::find_first_of(one.hosts, other.hosts) != one.hosts.end();
}

std::string text_of(const KafkaEndpoint& endpoint) {
  return fmt::format("kafka://{}/{}", fmt::join(endpoint.hosts, ","),
                     fmt::join(endpoint.topics, ","));
}

std::string text_of(const PeerEndpoint& endpoint) {
  return std::visit([](const auto& it) { return text_of(it); }, endpoint);
}

bool is_kafka(std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, lower);
}

Result<KafkaEndpoint> parse_kafka(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return Problem{fmt::format("{}: {}", printable(text), why)};
  };
  const std::string_view rest = text.substr(std::min(scheme.size(), text.size()));
  if (!is_kafka(text) || !rest.starts_with("//"))
    return wrong("expected kafka://HOST[:PORT][,…]/TOPIC[,…]");
  if (!is_printable_ascii(text)) return wrong("contains a character that no endpoint has");
  const std::string_view address = rest.substr(2, rest.find('/', 2) - 2);
  const std::string_view path = rest.substr(2 + address.size());
  auto hosts = hosts_in(address);
  if (!hosts) return wrong(hosts.problem());
  auto topics = topics_in(path.empty() ? path : path.substr(1));
  if (!topics) return wrong(topics.problem());
  return KafkaEndpoint{std::move(hosts).value(), std::move(topics).value()};
}

Result<KafkaEndpoint> parse_kafka_destination(std::string_view text) {
  auto endpoint = parse_kafka(text);
  if (!endpoint) return endpoint;
  if (endpoint->topics.size() != 1 || TopicPattern(endpoint->topics.front()).is_expression())
    return Problem{fmt::format("{}: events are sent to one topic, which is named", text)};
  return endpoint;
}

}  // namespace vtp
