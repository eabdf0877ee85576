#include "lib/net/network_threads.h"

#include <exception>

#include <asio/post.hpp>

#include "lib/base/thread_times.h"
#include "lib/net/coroutine.h"

namespace vtp {
namespace {

constexpr int one_thread = 1;  // a hint to a context: no locks are needed

}  // namespace

NetworkThreads::NetworkThreads(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    contexts_.push_back(std::make_unique<asio::io_context>(one_thread));
}

NetworkThreads::~NetworkThreads() {
  for (std::size_t i = 1; i < contexts_.size(); ++i)
    contexts_[i]->stop();
  for (std::thread& thread : threads_)
    thread.join();
}

void NetworkThreads::run() {
  for (std::size_t i = 1; i < contexts_.size(); ++i) {
    guards_.push_back(asio::make_work_guard(*contexts_[i]));
    threads_.emplace_back([this, i] { run_other(*contexts_[i]); });
  }
  run_on(*contexts_.front());
  guards_.clear();
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

void NetworkThreads::run_other(asio::io_context& context) {
  name_thread("network");
  try {
    run_on(context);
  } catch (...) {
    asio::post(*contexts_.front(),
               [problem = std::current_exception()] { std::rethrow_exception(problem); });
  }
}

}  // namespace vtp
