// Gives a client of a cluster the tokens with which it signs in, before each of them expires.
#pragma once

#include <atomic>
#include <stop_token>

#include <asio/thread_pool.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/kafka/fetch_token.h"

struct rd_kafka_s;

namespace vtp {

class TokenSupply {
 public:
  // diagnostics must live longer.
  TokenSupply(TokenRequest request, const Diagnostics& diagnostics);

  // Waits for the end of a fetch, which is stopped: about a second at most.
  ~TokenSupply();
  TokenSupply(const TokenSupply&) = delete;
  TokenSupply& operator=(const TokenSupply&) = delete;

  // For librdkafka's request for a token: fetches one on a thread of its own, and hands it, or the
  // reason why there is none, to the client, which asks again in time. Returns at once. The client
  // must live longer.
  void fetch_for(rd_kafka_s* client);

  // Whether the last fetch failed. Any thread.
  [[nodiscard]] bool has_failed() const { return failed_; }

 private:
  void fetch(rd_kafka_s* client);

  const TokenRequest request_;
  const Diagnostics& diagnostics_;
  const Clock clock_;
  std::stop_source stop_;
  std::atomic<bool> failed_ = false;
  asio::thread_pool thread_{1};
};

}  // namespace vtp
