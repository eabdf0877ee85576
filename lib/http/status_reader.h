// The broker's status for all who ask, read at most once a second.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include "lib/http/status.h"
#include "lib/net/coroutine.h"

namespace vtp {

using StatusPtr = std::shared_ptr<const BrokerStatus>;

// One thread, that of the executor.
class StatusReader {
 public:
  static constexpr std::chrono::seconds valid_for{1};

  // Calls `read` on the pool, which must be stopped before this object is destroyed.
  StatusReader(asio::any_io_executor executor, asio::thread_pool& pool, ReadStatus read)
      : pool_(pool), read_(std::move(read)), change_(std::move(executor)) {}

  // At most a second old when it is asked for. Throws what `read` throws.
  [[nodiscard]] asio::awaitable<StatusPtr> status();

 private:
  asio::thread_pool& pool_;
  const ReadStatus read_;
  Change change_;
  bool reading_ = false;
  StatusPtr last_;
  std::chrono::steady_clock::time_point read_at_{};
};

}  // namespace vtp
