// Lets librdkafka fetch again soon after it has stopped because enough messages were read ahead.
//
// Before version 2.2, librdkafka's thread for a node looks at the queue only when it has something
// to do, and at least once a second. Where the queue is full (queued.max.messages.kbytes) after an
// answer, the thread sleeps for that second, however fast the queue is emptied. Any request to the
// node wakes it. From 2.2 on, fetch.queue.backoff.ms says how long it waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include <asio/thread_pool.hpp>

#include "lib/kafka/kafka_client.h"
#include "lib/kafka/partitions.h"

namespace vtp {

// One thread.
class FetchWaker {
 public:
  // Sends a request to the leader of each of these partitions. Called on another thread; one call
  // at a time.
  using Ask = std::function<void(const std::vector<Partition>&)>;

  // What a consumer must set: the size of its queue and, where the library knows it, how long it
  // waits when the queue is full.
  [[nodiscard]] static KafkaClient::Settings settings();

  // Whether the library needs this.
  [[nodiscard]] static bool is_needed();

  explicit FetchWaker(Ask ask);
  // Waits for the call that is under way.
  ~FetchWaker();
  FetchWaker(const FetchWaker&) = delete;
  FetchWaker& operator=(const FetchWaker&) = delete;

  // A message with this number of bytes was taken from the queue; `read` are all partitions that
  // are read. Asks when half of a full queue has been taken since it last asked.
  void took(std::size_t bytes, const Offsets& read);

 private:
  Ask ask_;
  std::size_t taken_ = 0;  // bytes, since it last asked
  std::atomic<bool> asking_ = false;
  asio::thread_pool thread_{1};
};

}  // namespace vtp
