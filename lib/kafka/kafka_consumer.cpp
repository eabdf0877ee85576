#include "lib/kafka/kafka_consumer.h"

#include <algorithm>
#include <charconv>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/net/offload.h"

namespace vtp {
namespace {

constexpr std::chrono::milliseconds longest_last_commit{1'000};
constexpr std::chrono::milliseconds first_look_again{500};  // after a look that failed
constexpr std::chrono::milliseconds waking_timeout{1'000};  // then librdkafka wakes by itself

using MessagePtr = std::unique_ptr<rd_kafka_message_t, void (*)(rd_kafka_message_t*)>;

using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, void (*)(rd_kafka_topic_partition_list_t*)>;

PartitionList make_list(std::size_t size) {
  return {rd_kafka_topic_partition_list_new(static_cast<int>(size)),
          rd_kafka_topic_partition_list_destroy};
}

KafkaClient::Settings defaults_for(const KafkaConsumerOptions& options) {
  const std::size_t largest = options.max_size + room_for_headers;
  KafkaClient::Settings settings = FetchWaker::settings();
  settings.insert(
      settings.end(),
      {{"group.id", "vtptools"},  // librdkafka wants one; we are no member of it
       {"fetch.message.max.bytes", fmt::format("{}", largest)},
       {"fetch.max.bytes", fmt::format("{}", 2 * largest)},
       {"receive.message.max.bytes", fmt::format("{}", 2 * largest + room_for_headers)}});
  return settings;
}

// has_group: offsets are committed for a group of the user's.
KafkaClient::Settings own(bool has_group) {
  return {{"enable.auto.commit", has_group ? "true" : "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"enable.partition.eof", "true"},
          {"allow.auto.create.topics", "false"}};
}

KafkaMessage message_from(const rd_kafka_message_t& raw, const std::string& topic) {
  KafkaMessage message;
  message.topic = topic;
  message.partition = raw.partition;
  message.offset = raw.offset;
  if (raw.key) message.key.emplace(static_cast<const char*>(raw.key), raw.key_len);
  if (raw.payload) message.value.emplace(static_cast<const char*>(raw.payload), raw.len);
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp = rd_kafka_message_timestamp(&raw, &type);
  if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) message.timestamp = timestamp;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return message;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    KafkaHeader& header = message.headers.emplace_back(KafkaHeader{name, std::nullopt});
    if (value) header.value.emplace(static_cast<const char*>(value), size);
  }
  return message;
}

std::chrono::milliseconds look_interval(const KafkaConsumerOptions& options) {
  const std::string given =
      options.properties.find("topic.metadata.refresh.interval.ms").value_or("");
  int interval = 0;
  std::from_chars(given.data(), given.data() + given.size(), interval);
  return interval > 0 ? std::chrono::milliseconds(interval) : options.look_every;
}

std::vector<Partition> without(const std::vector<Partition>& partitions,
                               const std::set<Partition>& known) {
  std::vector<Partition> others;
  std::ranges::copy_if(partitions, std::back_inserter(others),
                       [&](const Partition& it) { return !known.contains(it); });
  return others;
}

}  // namespace

KafkaConsumer::KafkaConsumer(asio::any_io_executor executor, KafkaConsumerOptions options,
                             const Diagnostics& diagnostics, Begun begun, Skipped skipped)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      begun_(std::move(begun)),
      skipped_(std::move(skipped)),
      name_(text_of(options_.endpoint)),
      has_group_(options_.properties.find("group.id").has_value()),
      look_again_(executor),
      cluster_(
          executor, name_, diagnostics,
          options_.reconnect ? std::function<void()>() : [this] { give_up(); }),
      client_(executor, KafkaClient::Kind::consumer, options_.endpoint.hosts, options_.properties,
              defaults_for(options_), own(has_group_), *this, diagnostics) {
  const auto ask = [this](const std::vector<Partition>& partitions) {
    static_cast<void>(end_offsets(client_.handle(), partitions, waking_timeout));
  };
  if (FetchWaker::is_needed()) waker_.emplace(ask);
}

// The thread that asks uses the client.
KafkaConsumer::~KafkaConsumer() { asking_.join(); }

void KafkaConsumer::stop() {
  look_again_.cancel();
  cluster_.stop();
  client_.stop();
}

asio::awaitable<void> KafkaConsumer::look() {
  while (!client_.is_stopped()) {
    std::set<Partition> known;
    for (const auto& [partition, offset] : next_)
      known.insert(partition);
    const auto ask = [this, known = std::move(known), gone = gone_] { return survey(known, gone); };
    Survey found = co_await offload(asking_, ask);
    if (client_.is_stopped()) co_return;
    const bool failed = !found.problem.empty();
    if (failed)
      diagnostics_.debug("{}: cannot look for topics: {}", name_, found.problem);
    else
      apply(std::move(found));
    look_again_.expires_after(failed || !gone_.empty() ? first_look_again
                                                       : look_interval(options_));
    asio::error_code ignored;
    co_await look_again_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// On another thread.
KafkaConsumer::Survey KafkaConsumer::survey(const std::set<Partition>& known,
                                            const std::vector<Partition>& gone) const {
  rd_kafka_t* const client = client_.handle();
  const auto timeout = options_.timeout;
  Survey survey;
  auto found = find_partitions(client, options_.endpoint.topics, timeout);
  if (!found) return {.problem = found.problem(), .found = {}, .begin = {}, .first = {}, .end = {}};
  survey.found = std::move(found).value();
  if (client_.is_stopped()) return survey;
  std::vector<Partition> fresh = without(survey.found.partitions, known);
  std::erase_if(fresh, [&](const Partition& it) {
    const auto begin = options_.begin_at.find(it);
    if (begin == options_.begin_at.end()) return false;
    survey.begin[it] = begin->second;
    return true;
  });
  const bool appeared = began_ || !options_.begin_at.empty();
  const auto begin = appeared         ? first_offsets(client, fresh, timeout)
                     : options_.since ? offsets_since(client, fresh, *options_.since, timeout)
                                      : end_offsets(client, fresh, timeout);
  const auto first = first_offsets(client, gone, timeout);
  std::vector<Partition> all = gone;
  if (options_.until_now && !began_) all = survey.found.partitions;
  const auto end = end_offsets(client, all, timeout);
  for (const auto* const result : {&begin, &first, &end})
    if (!*result) survey.problem = result->problem();
  if (!survey.problem.empty()) return survey;
  survey.begin.insert(begin->begin(), begin->end());
  survey.first = *first;
  survey.end = *end;
  return survey;
}

void KafkaConsumer::apply(Survey survey) {
  tell_connected();
  for (const std::string& topic : survey.found.missing)
    if (reported_.insert(topic).second)
      diagnostics_.warning("{}: there is no topic {} yet; it is waited for", name_, topic);
  for (const auto& [topic, reason] : survey.found.refused)
    if (reported_.insert(topic).second)
      diagnostics_.warning("{}: topic {} cannot be read: {}", name_, topic, reason);
  begin(survey);
  go_on_after_gap(survey);
  if (!survey.begin.empty() || !survey.first.empty()) assign();
  began_ = true;
  tell_lag();
  check_whether_all();
}

std::map<Partition, std::uint64_t> KafkaConsumer::lags() const {
  std::map<Partition, std::uint64_t> lags;
  for (const auto& [partition, next] : processed_)
    if (const auto end = known_end(client_.handle(), partition); end >= 0)
      lags[partition] = end > next ? static_cast<std::uint64_t>(end - next) : 0;
  return lags;
}

void KafkaConsumer::tell_lag() {
  for (const auto& [partition, next] : processed_) {
    const std::int64_t end = known_end(client_.handle(), partition);
    switch (lag_.look(partition, next, end)) {
      case LagWatch::Change::lags:
        diagnostics_.info("{}: {} lags: {} message(s) are not processed yet", name_,
                          text_of(partition), end - next);
        break;
      case LagWatch::Change::caught_up:
        diagnostics_.info("{}: {} has caught up", name_, text_of(partition));
        break;
      case LagWatch::Change::none:
        break;
    }
  }
}

void KafkaConsumer::begin(const Survey& survey) {
  for (const auto& [partition, offset] : survey.begin) {
    next_[partition] = offset;
    processed_[partition] = offset;
    reported_.erase(partition.topic);
    diagnostics_.debug("{}: {} is read from offset {}", name_, text_of(partition), offset);
    if (begun_) begun_(partition, offset);
    if (const auto end = survey.end.find(partition);
        options_.until_now && !began_ && end != survey.end.end() && offset < end->second)
      left_[partition] = end->second;
  }
  if (!began_ && !next_.empty())
    diagnostics_.info("Reading {} partition(s) of {}", next_.size(), name_);
}

// The cluster has removed messages that we have not read, or the topic is a new one of that name; or a
// node that had just become the leader did not know all messages yet.
void KafkaConsumer::go_on_after_gap(const Survey& survey) {
  for (const auto& [partition, first] : survey.first) {
    auto& next = *next_.try_emplace(partition, first).first;
    std::erase(gone_, partition);
    if (const auto end = survey.end.find(partition);
        first <= next.second && end != survey.end.end() && next.second <= end->second)
      continue;
    if (first > next.second)
      diagnostics_.warning("{}: {} message(s) of {} are missed, which are no longer stored", name_,
                           first - next.second, text_of(partition));
    else
      diagnostics_.warning(
          "{}: {} has fewer messages than we have read; reading it from its beginning", name_,
          text_of(partition));
    skip(next, first);
    processed_[partition] = first;
  }
}

void KafkaConsumer::skip(Offsets::value_type& next, std::int64_t offset) {
  next.second = offset;
  if (skipped_) skipped_(next.first, offset);
}

// librdkafka drops what it has fetched, and fetches again from these offsets.
void KafkaConsumer::assign() {
  const PartitionList list = make_list(next_.size());
  for (const auto& [partition, offset] : next_)
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)
        ->offset = offset;
  const auto error = rd_kafka_assign(client_.handle(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    diagnostics_.error("{}: cannot read: {}", name_, rd_kafka_err2str(error));
}

asio::awaitable<std::optional<KafkaMessage>> KafkaConsumer::next() {
  while (!client_.is_stopped() && !has_all_ && !unreachable_) {
    const MessagePtr message(rd_kafka_consumer_poll(client_.handle(), 0), rd_kafka_message_destroy);
    if (!message) {
      co_await client_.wait();
    } else if (auto taken = take(*message)) {
      co_return taken;
    }
  }
  co_return std::nullopt;
}

// Nothing if there is no message in it that is to be read.
std::optional<KafkaMessage> KafkaConsumer::take(const rd_kafka_message_s& message) {
  const std::string topic = message.rkt ? rd_kafka_topic_name(message.rkt) : "";
  const auto next = next_.find({topic, message.partition});
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF && next != next_.end()) {
    tell_connected();
    if (message.offset > next->second) skip(*next, message.offset);
    if (const auto left = left_.find(next->first);
        left != left_.end() && message.offset >= left->second)
      left_.erase(left);
    check_whether_all();
    return std::nullopt;
  }
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && next != next_.end()) {
    if (std::ranges::find(gone_, next->first) == gone_.end()) gone_.push_back(next->first);
    look_again_.cancel();
    return std::nullopt;
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    report(message);
    return std::nullopt;
  }
  if (next == next_.end() || message.offset < next->second) return std::nullopt;
  next->second = message.offset + 1;
  if (const auto left = left_.find(next->first);
      left != left_.end() && next->second >= left->second)
    left_.erase(left);
  tell_connected();
  check_whether_all();
  if (waker_) waker_->took(message.len + message.key_len, next_);
  return message_from(message, topic);
}

void KafkaConsumer::report(const rd_kafka_message_s& message) {
  const std::string reason = printable(rd_kafka_message_errstr(&message));
  if (message.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && message.rkt &&
      reported_.insert(rd_kafka_topic_name(message.rkt)).second)
    diagnostics_.warning("{}: {}", name_, reason);
  else
    diagnostics_.debug("{}: {}", name_, reason);
}

void KafkaConsumer::tell_connected() {
  connected_ = true;
  cluster_.reached();
}

// The message that completes everything is still to be returned.
void KafkaConsumer::check_whether_all() {
  if (has_all_ || !options_.until_now || !began_ || !left_.empty()) return;
  has_all_ = true;
  client_.wake();
}

void KafkaConsumer::trouble(int error, const std::string& reason) {
  cluster_.trouble(error, reason);
}

void KafkaConsumer::give_up() {
  diagnostics_.warning("{} cannot be reached: {}", name_, cluster_.reason());
  unreachable_ = true;
  client_.stop();
  look_again_.cancel();
}

asio::awaitable<std::optional<Offsets>> KafkaConsumer::ends() {
  std::vector<Partition> partitions;
  for (const auto& [partition, offset] : next_)
    partitions.push_back(partition);
  const auto ask = [this, partitions]() -> std::optional<Offsets> {
    auto ends = end_offsets(client_.handle(), partitions, options_.timeout);
    return ends ? std::optional(std::move(ends).value()) : std::nullopt;
  };
  co_return co_await offload(asking_, ask);
}

void KafkaConsumer::processed(const Partition& partition, std::int64_t next) {
  processed_[partition] = next;
  if (!has_group_) return;
  const PartitionList list = make_list(1);
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)->offset =
      next;
  rd_kafka_offsets_store(client_.handle(), list.get());
}

asio::awaitable<void> KafkaConsumer::commit_rest() {
  if (!has_group_ || next_.empty()) co_return;
  const auto commit = [this] {
    const std::unique_ptr<rd_kafka_queue_t, void (*)(rd_kafka_queue_t*)> answers(
        rd_kafka_queue_new(client_.handle()), rd_kafka_queue_destroy);
    rd_kafka_commit_queue(client_.handle(), nullptr, answers.get(), nullptr, nullptr);
    const std::unique_ptr<rd_kafka_event_t, void (*)(rd_kafka_event_t*)> answer(
        rd_kafka_queue_poll(answers.get(), static_cast<int>(longest_last_commit.count())),
        rd_kafka_event_destroy);
    return answer ? rd_kafka_event_error(answer.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  };
  const auto error = co_await offload(asking_, commit);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET)
    not_committed(rd_kafka_err2str(error));
}

void KafkaConsumer::not_committed(const std::string& reason) {
  diagnostics_.say(commit_failed_ ? Level::debug : Level::warning,
                   "{}: offsets cannot be committed for the group {}: {}", name_,
                   options_.properties.find("group.id").value_or(""), reason);
  commit_failed_ = true;
}

std::string KafkaConsumer::state_text() const {
  if (!connected_) return "never connected";
  return began_ ? "still receiving messages" : "connected";
}

}  // namespace vtp
