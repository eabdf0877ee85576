#include "lib/kafka/fetch_waker.h"

#include <algorithm>
#include <librdkafka/rdkafka.h>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

namespace vtp {
namespace {

constexpr std::size_t most_ahead =
    8 * 1024 * 1024;  // bytes that are read before they are asked for

// A queue that was full is not empty before the next request.
constexpr std::size_t ask_every = most_ahead / 2;

// What each message counts for at least: librdkafka also stops at a number of messages
// (queued.min.messages, 100000).
constexpr std::size_t least_size = 256;

constexpr int knows_backoff = 0x02'02'00'ff;  // librdkafka 2.2.0
constexpr int backoff_ms = 10;

}  // namespace

KafkaClient::Settings FetchWaker::settings() {
  KafkaClient::Settings settings{
      {"queued.max.messages.kbytes", fmt::format("{}", most_ahead / 1024)}};
  if (!is_needed()) settings.emplace_back("fetch.queue.backoff.ms", fmt::format("{}", backoff_ms));
  return settings;
}

bool FetchWaker::is_needed() { return rd_kafka_version() < knows_backoff; }

FetchWaker::FetchWaker(Ask ask) : ask_(std::move(ask)) {}

FetchWaker::~FetchWaker() { thread_.join(); }

void FetchWaker::took(std::size_t bytes, const Offsets& read) {
  taken_ += std::max(bytes, least_size);
  if (taken_ < ask_every || asking_) return;
  taken_ = 0;
  std::vector<Partition> partitions;
  for (const auto& [partition, offset] : read)
    partitions.push_back(partition);
  asking_ = true;
  asio::post(thread_, [this, partitions = std::move(partitions)] {
    ask_(partitions);
    asking_ = false;
  });
}

}  // namespace vtp
