#include "lib/broker/shared_topic.h"

#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/kafka/kafka_client.h"
#include "lib/net/offload.h"

namespace vtp {
namespace {

// Short, since a broker that is to stop waits for it; the next question goes over the connection that
// was begun for this one.
constexpr std::chrono::milliseconds question_timeout{2'000};
constexpr std::chrono::milliseconds pause{500};  // after a question that was not answered
constexpr std::size_t enough_replicas = 2;

// Keeps what librdkafka says of the way to the cluster, which says more than a question that was
// not answered.
class LastTrouble final : public KafkaListener {
 public:
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  void trouble(int, const std::string& reason) override { reason_ = reason; }

  std::string reason_;
};

std::string setting(const TopicFacts& facts, const char* name) {
  const auto found = facts.settings.find(name);
  return found == facts.settings.end() ? std::string() : found->second;
}

// A setting that is a number; nothing if it is not known.
std::optional<std::uint64_t> number(const TopicFacts& facts, const char* name) {
  const std::string text = setting(facts, name);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && last == end && !text.empty() ? std::optional(value) : std::nullopt;
}

}  // namespace

asio::awaitable<std::optional<TopicFacts>> await_topic(asio::any_io_executor executor,
                                                       const KafkaEndpoint& endpoint,
                                                       const KafkaProperties& properties,
                                                       const Diagnostics& diagnostics,
                                                       const std::function<bool()>& stopped) {
  LastTrouble trouble;
  asio::thread_pool asking(1);
  KafkaClient client(executor, KafkaClient::Kind::consumer, endpoint.hosts, properties,
                     {{"group.id", "vtptools"}},
                     {{"enable.auto.commit", "false"}, {"allow.auto.create.topics", "false"}},
                     trouble, diagnostics);
  asio::steady_timer next_try(executor);
  const auto ask = [&client, &endpoint] {
    return ask_about_topic(client.handle(), endpoint.topics.front(), question_timeout);
  };
  for (bool told = false; !stopped();) {
    // A Result has no default, which offload needs.
    const auto ask_once = [&ask] { return std::optional(ask()); };
    auto facts = co_await offload(asking, ask_once);
    client.poll();
    if (stopped()) break;
    if (*facts) {
      if (told) diagnostics.info("{} can be reached again", text_of(endpoint));
      co_return std::move(*facts).value();
    }
    if (!std::exchange(told, true))
      diagnostics.warning("{} cannot be reached: {}; waiting for it", text_of(endpoint),
                          trouble.reason().empty() ? facts->problem() : trouble.reason());
    next_try.expires_after(pause);
    co_await next_try.async_wait(asio::use_awaitable);
  }
  co_return std::nullopt;
}

std::string unfitness_of(const TopicFacts& facts, const KafkaEndpoint& endpoint) {
  const std::string& topic = endpoint.topics.front();
  const std::string make = fmt::format(
      "create it with: kafka-topics.sh --bootstrap-server {} --create --topic {} --partitions 1 "
      "--replication-factor 3 --config min.insync.replicas=2 --config retention.ms=2592000000 "
      "--config message.timestamp.type=LogAppendTime",
      endpoint.hosts.empty() ? "HOST" : endpoint.hosts.front(), topic);
  if (facts.partitions == 0)
    return fmt::format("{}: there is no topic {}; {}", text_of(endpoint), topic, make);
  if (facts.partitions > 1)
    return fmt::format(
        "{}: the topic {} has {} partitions, which have no common order; use one that has a single "
        "partition: {}",
        text_of(endpoint), topic, facts.partitions, make);
  return "";
}

std::vector<std::string> doubts_about(const TopicFacts& facts, std::size_t max_size) {
  std::vector<std::string> doubts;
  if (facts.replicas < enough_replicas)
    doubts.push_back(fmt::format(
        "has {} replica: acknowledged events are lost with the disk of one node", facts.replicas));
  if (const auto least = number(facts, "min.insync.replicas"); least && *least < enough_replicas)
    doubts.push_back(fmt::format(
        "has min.insync.replicas={}: an event may be acknowledged while one node alone has it",
        *least));
  if (setting(facts, "unclean.leader.election.enable") == "true")
    doubts.emplace_back(
        "has unclean.leader.election.enable=true: acknowledged events may be lost when nodes fail");
  if (setting(facts, "cleanup.policy").find("compact") != std::string::npos)
    doubts.emplace_back(
        "has cleanup.policy=compact: it forgets all but the last event of each ivorn");
  const std::size_t needed = max_size + room_for_headers;
  if (const auto most = number(facts, "max.message.bytes"); most && *most < needed)
    doubts.push_back(fmt::format(
        "has max.message.bytes={}: larger events cannot be stored; set it to {}, or --max-size",
        *most, needed));
  return doubts;
}

}  // namespace vtp
