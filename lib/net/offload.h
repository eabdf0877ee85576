// Blocking work, such as reading from a disk, on a thread pool.
#pragma once

#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {

// Calls `work` on one of the pool's threads, and returns its result, or throws its exception, on
// the caller's executor. The result type must be default-constructible. The caller's context must
// outlive the pool, whose thread uses it until the end.
template <class Work>
[[nodiscard]] asio::awaitable<std::invoke_result_t<Work>> offload(asio::thread_pool& pool,
                                                                  Work work) {
  using Value = std::invoke_result_t<Work>;
  auto call = [work = std::move(work)]() mutable -> asio::awaitable<Value> { co_return work(); };
  co_return co_await asio::co_spawn(pool, std::move(call), asio::use_awaitable);
}

}  // namespace vtp
