#include "lib/kafka/kafka_producer.h"

#include <algorithm>
#include <array>
#include <librdkafka/rdkafka.h>
#include <stdexcept>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr int most_kilobytes_under_way = 64 * 1024;

// Before it begins anew.
constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds longest_pause{30'000};

KafkaClient::Settings defaults_for(const KafkaProducerOptions& options) {
  return {
      {"message.max.bytes", fmt::format("{}", options.max_size + room_for_headers)},
      {"queue.buffering.max.kbytes", fmt::format("{}", most_kilobytes_under_way)},
      {"linger.ms", "1"},
  };
}

KafkaClient::Settings own_of(const KafkaProducerOptions& options) {
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"message.timeout.ms", fmt::format("{}", options.timeout.count())}};
}

// The cluster has seen the message, and says no: it would do so again.
bool is_refusal(int error) {
  constexpr std::array refusals{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
                                RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_MSG,
                                RD_KAFKA_RESP_ERR_POLICY_VIOLATION};
  return std::ranges::find(refusals, error) != refusals.end();
}

// The cluster has seen us, and says no, whatever the message is.
bool is_bar(int error) {
  constexpr std::array bars{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                            RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                            RD_KAFKA_RESP_ERR__AUTHENTICATION,
                            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                            RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
                            RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION};
  return std::ranges::find(bars, error) != bars.end();
}

// Keeps a number in a set while it lives; then tells those that wait for the change.
class Listed {
 public:
  Listed(std::set<std::uint64_t>& set, std::uint64_t number, Change& change)
      : set_(set), number_(number), change_(change) {
    set_.insert(number_);
  }
  ~Listed() {
    set_.erase(number_);
    change_.tell();
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::set<std::uint64_t>& set_;
  std::uint64_t number_;
  Change& change_;
};

Delivery stopped_before_the_answer() {
  return {Delivery::How::unknown, "stopped before the answer"};
}

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

// Messages are told apart by numbers.
void* opaque_of(std::uint64_t number) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));
}
std::uint64_t number_of(const void* opaque) { return reinterpret_cast<std::uintptr_t>(opaque); }

bool was_given_up(int error) {
  return error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || error == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
         error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

}  // namespace

KafkaProducer::KafkaProducer(asio::any_io_executor executor, KafkaProducerOptions options,
                             const Diagnostics& diagnostics)
    : executor_(executor),
      options_(std::move(options)),
      diagnostics_(diagnostics),
      room_(executor),
      cluster_(
          executor, text_of(options_.endpoint), diagnostics,
          options_.waits_for_cluster ? std::function<void()>() : [this] { drop_all(); }),
      renewed_(executor),
      back_off_(first_pause, longest_pause),
      pausing_(executor),
      client_(make_client()) {}

KafkaProducer::~KafkaProducer() = default;

std::unique_ptr<KafkaClient> KafkaProducer::make_client() {
  KafkaListener& listener = *this;
  return std::make_unique<KafkaClient>(
      executor_, KafkaClient::Kind::producer, options_.endpoint.hosts, options_.properties,
      defaults_for(options_), own_of(options_), listener, diagnostics_);
}

asio::awaitable<Delivery> KafkaProducer::send(OutgoingMessage message) {
  while (!alone_.empty() && !stopped_)
    co_await room_.wait();
  std::uint64_t number = 0;
  const bool first = under_way_.empty();
  Delivery delivery = co_await send_once(message, number);
  const bool was_alone = first && last_ == number;
  if (delivery.how != Delivery::How::refused || number == 0 || was_alone) co_return delivery;
  const Listed listed(alone_, number, room_);
  while ((!under_way_.empty() || *alone_.begin() != number) && !stopped_)
    co_await room_.wait();
  co_return co_await send_once(message, number);
}

// number: of the message, if librdkafka has taken it; otherwise it stays as it is.
asio::awaitable<Delivery> KafkaProducer::send_once(const OutgoingMessage& message,
                                                   std::uint64_t& number) {
  if (stopped_) co_return stopped_before_the_answer();
  if (failure_) co_return *failure_;
  int error = produce(message);
  while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && !stopped_) {
    co_await room_.wait();
    if (failure_) co_return *failure_;
    error = produce(message);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    co_return delivery_of(error, rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)));
  number = last_;
  const auto begin = [this, number](DeliveryWaiter waiter) {
    under_way_[number] = std::move(waiter);
  };
  co_return co_await wait_for<Delivery>(begin);
}

asio::awaitable<void> KafkaProducer::ready() {
  while (failure_ && failure_->how == Delivery::How::lost && waits_ready_)
    co_await renewed_.wait();
}

void KafkaProducer::stop_waiting() {
  waits_ready_ = false;
  renewed_.tell();
}

// Returns an rd_kafka_resp_err_t. librdkafka copies the message.
int KafkaProducer::produce(const OutgoingMessage& message) {
  std::vector<rd_kafka_vu_t> parts;
  const auto add = [&parts](rd_kafka_vtype_t type) -> auto& {
    parts.emplace_back().vtype = type;
    return parts.back().u;
  };
  add(RD_KAFKA_VTYPE_TOPIC).cstr = options_.endpoint.topics.front().c_str();
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(message.key.data()), message.key.size()};
  add(RD_KAFKA_VTYPE_VALUE).mem = {const_cast<char*>(message.value.data()), message.value.size()};
  add(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque_of(last_ + 1);
  // A list of our own: librdkafka 2.0 frees twice what it makes of single headers, if it does not
  // take the message.
  Headers headers(rd_kafka_headers_new(message.headers.size()));
  for (const auto& [name, value] : message.headers)
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  add(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
  const std::unique_ptr<rd_kafka_error_t, void (*)(rd_kafka_error_t*)> error(
      rd_kafka_produceva(client_->handle(), parts.data(), parts.size()), rd_kafka_error_destroy);
  if (error) return rd_kafka_error_code(error.get());
  static_cast<void>(headers.release());
  ++last_;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

asio::awaitable<void> KafkaProducer::run() {
  while (!stopped_) {
    client_->poll();
    if (failure_ && under_way_.empty())
      co_await renew();
    else
      co_await client_->wait();
  }
  fail_all();
}

asio::awaitable<void> KafkaProducer::renew() {
  const bool is_barred = failure_->how == Delivery::How::barred;
  if (std::exchange(renewed_in_vain_, true) || is_barred) {
    pausing_.expires_after(back_off_.next());
    asio::error_code ignored;
    co_await pausing_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (stopped_) co_return;
  }
  try {
    client_ = make_client();
  } catch (const std::runtime_error& error) {
    failure_ = {Delivery::How::lost, error.what()};
    co_return;
  }
  diagnostics_.debug("{}: beginning anew with a new producer", text_of(options_.endpoint));
  failure_.reset();
  renewed_.tell();
}

void KafkaProducer::stop() {
  stopped_ = true;
  pausing_.cancel();
  cluster_.stop();
  client_->stop();
  stop_waiting();
}

void KafkaProducer::delivered(const rd_kafka_message_s& message) {
  const auto found = under_way_.find(number_of(message._private));
  if (found == under_way_.end()) return;
  const DeliveryWaiter waiter = std::move(found->second);
  under_way_.erase(found);
  room_.tell();
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    cluster_.reached();
    back_off_.reset();
    renewed_in_vain_ = false;
  }
  waiter->tell(delivery_of(message.err, rd_kafka_err2str(message.err)));
}

Delivery KafkaProducer::delivery_of(int error, std::string reason) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {Delivery::How::stored, ""};
  if (is_refusal(error)) return {Delivery::How::refused, std::move(reason)};
  if (is_bar(error)) return {Delivery::How::barred, std::move(reason)};
  // librdkafka fails messages from the moment when it gives up, before it tells us in trouble().
  if (!failure_) failure_ = fatal_failure();
  if (failure_) return *failure_;
  if (was_given_up(error) && !cluster_.reason().empty()) reason = cluster_.reason();
  return {Delivery::How::unknown, std::move(reason)};
}

void KafkaProducer::trouble(int error, const std::string& reason) {
  cluster_.trouble(error, reason);
  const bool not_let_in = error == RD_KAFKA_RESP_ERR__AUTHENTICATION && !options_.waits_for_cluster;
  if (!not_let_in && error != RD_KAFKA_RESP_ERR__FATAL) return;
  if (!failure_) failure_ = fatal_failure();
  if (not_let_in) failure_ = {Delivery::How::barred, cluster_.reason()};
  drop_all();
}

// Nothing unless librdkafka has given up. It also does so where it has lost count of what is
// stored: that is no refusal.
std::optional<Delivery> KafkaProducer::fatal_failure() const {
  std::array<char, 512> reason{};
  const int error = rd_kafka_fatal_error(client_->handle(), reason.data(), reason.size());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return Delivery{is_bar(error) ? Delivery::How::barred : Delivery::How::lost,
                  printable(reason.data())};
}

// Each message fails, which is told by poll().
void KafkaProducer::drop_all() {
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

// For those who still wait when nothing is polled any more.
void KafkaProducer::fail_all() {
  for (auto& [number, waiter] : std::exchange(under_way_, {}))
    waiter->tell(stopped_before_the_answer());
  room_.tell();
}

}  // namespace vtp
