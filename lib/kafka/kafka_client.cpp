#include "lib/kafka/kafka_client.h"

#include <array>
#include <cerrno>
#include <librdkafka/rdkafka.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <system_error>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

struct DestroyQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, DestroyQueue>;

void set(const Conf& conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) !=
      RD_KAFKA_CONF_OK)
    throw std::runtime_error(fmt::format("kafka: {}", printable(reason.data())));
}

int make_eventfd() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  return fd;
}

}  // namespace

// librdkafka calls these on our thread, while it is polled: opaque is the KafkaClient.
struct KafkaClient::Callbacks {
  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    static_cast<KafkaClient*>(opaque)->listener_.delivered(*message);
  }

  static void committed(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t*,
                        void* opaque) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET)
      static_cast<KafkaClient*>(opaque)->listener_.not_committed(rd_kafka_err2str(error));
  }

  static void trouble(rd_kafka_t* handle, int error, const char* reason, void* opaque) {
    std::array<char, 512> fatal{};
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
      rd_kafka_fatal_error(handle, fatal.data(), fatal.size());
      reason = fatal.data();
    }
    const auto* const client = static_cast<const KafkaClient*>(opaque);
    client->listener_.trouble(client->kind_of_trouble(error), printable(reason));
  }

  static void token(rd_kafka_t* handle, const char*, void* opaque) {
    static_cast<KafkaClient*>(opaque)->tokens_->fetch_for(handle);
  }

  // librdkafka says what failed in detail, and again with each attempt.
  static void log(const rd_kafka_t* handle, int, const char* facility, const char* text) {
    const auto* const client = static_cast<const KafkaClient*>(rd_kafka_opaque(handle));
    if (!client) return;
    client->diagnostics_.debug("librdkafka: {}: {}", facility, text);
  }
};

void KafkaClient::Destroy::operator()(rd_kafka_s* handle) const {
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

KafkaClient::KafkaClient(asio::any_io_executor executor, Kind kind,
                         const std::vector<std::string>& hosts, const KafkaProperties& properties,
                         const Settings& defaults, const Settings& own, KafkaListener& listener,
                         const Diagnostics& diagnostics)
    : listener_(listener), diagnostics_(diagnostics), found_(std::move(executor), make_eventfd()) {
  if (hosts.empty() && !properties.have_hosts())
    throw std::runtime_error(
        "kafka: no hosts: write kafka://HOST/TOPIC, or bootstrap.servers=HOST in --kafka-config");
  Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : defaults)
    set(conf, name, value);
  for (const auto& [name, value] : properties.all())
    set(conf, name, value);
  for (const auto& [name, value] : own)
    set(conf, name, value);
  set(conf, "log.queue", "true");
  if (!hosts.empty()) set(conf, "bootstrap.servers", fmt::format("{}", fmt::join(hosts, ",")));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_log_cb(conf.get(), Callbacks::log);
  rd_kafka_conf_set_error_cb(conf.get(), Callbacks::trouble);
  if (kind == Kind::producer) rd_kafka_conf_set_dr_msg_cb(conf.get(), Callbacks::delivered);
  if (kind == Kind::consumer) rd_kafka_conf_set_offset_commit_cb(conf.get(), Callbacks::committed);

  if (auto request = properties.token_request()) {
    tokens_.emplace(*std::move(request), diagnostics);
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf.get(), Callbacks::token);
  }

  std::array<char, 512> reason{};
  handle_.reset(rd_kafka_new(kind == Kind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                             conf.get(), reason.data(), reason.size()));
  if (!handle_) throw std::runtime_error(fmt::format("kafka: {}", printable(reason.data())));
  static_cast<void>(conf.release());  // it belongs to the handle now

  if (kind == Kind::consumer) rd_kafka_poll_set_consumer(handle());
  const Queue queue(kind == Kind::consumer ? rd_kafka_queue_get_consumer(handle())
                                           : rd_kafka_queue_get_main(handle()));
  constexpr std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue.get(), found_.native_handle(), &one, sizeof one);
  // What was found before the queue told of it.
  rd_kafka_set_log_queue(handle(), nullptr);
  wake();
}

KafkaClient::~KafkaClient() {
  stop();
  tokens_.reset();
  rd_kafka_purge(handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

// Without a token nobody has refused us: the way to the cluster is blocked.
int KafkaClient::kind_of_trouble(int error) const {
  return error == RD_KAFKA_RESP_ERR__AUTHENTICATION && tokens_ && tokens_->has_failed()
             ? RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN
             : error;
}

void KafkaClient::poll() {
  while (rd_kafka_poll(handle(), 0) > 0) {
  }
}

asio::awaitable<void> KafkaClient::wait() {
  if (stopped_) co_return;
  asio::error_code ignored;
  co_await found_.async_wait(asio::posix::stream_descriptor::wait_read,
                             asio::redirect_error(asio::use_awaitable, ignored));
  std::uint64_t count = 0;
  if (!stopped_) (void)::eventfd_read(found_.native_handle(), &count);
}

void KafkaClient::wake() { (void)::eventfd_write(found_.native_handle(), 1); }

void KafkaClient::stop() {
  if (stopped_.exchange(true)) return;
  asio::error_code ignored;
  found_.cancel(ignored);
}

}  // namespace vtp
