// The threads that do a broker's network work, each with an Asio context of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

namespace vtp {

// The destructor destroys coroutines and handlers that are left on the contexts.
class NetworkThreads {
 public:
  // Creates `count` contexts, at least one.
  explicit NetworkThreads(std::size_t count);
  ~NetworkThreads();
  NetworkThreads(const NetworkThreads&) = delete;
  NetworkThreads& operator=(const NetworkThreads&) = delete;

  [[nodiscard]] std::size_t count() const { return contexts_.size(); }
  [[nodiscard]] asio::io_context& context(std::size_t i) { return *contexts_[i]; }

  // Runs the first context on the calling thread until it has nothing left to do, and the others on
  // threads that it starts; they have ended when it returns. An exception on any thread is rethrown
  // here, except for lack of memory, of which only the affected coroutine fails (spawn). Call it
  // once.
  void run();

 private:
  void run_other(asio::io_context& context);

  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace vtp
