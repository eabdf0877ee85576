// Work that may wait for a disk or a reader, done on a thread where nobody waits for it.
#pragma once

#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {

// Calls `work` on one of the pool's threads, and gives what it returns, or throws what it throws, on the
// caller's executor. What it returns must have a default.
// The caller's context must outlive the pool, whose thread lets go of it only after that.
template <class Work>
[[nodiscard]] asio::awaitable<std::invoke_result_t<Work>> offload(asio::thread_pool& pool,
                                                                  Work work) {
  using Value = std::invoke_result_t<Work>;
  auto call = [work = std::move(work)]() mutable -> asio::awaitable<Value> { co_return work(); };
  co_return co_await asio::co_spawn(pool, std::move(call), asio::use_awaitable);
}

}  // namespace vtp
