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

// Contexts that nobody runs hold what was begun on them until this ends.
class NetworkThreads {
 public:
  // As many contexts, at least one.
  explicit NetworkThreads(std::size_t count);
  ~NetworkThreads();
  NetworkThreads(const NetworkThreads&) = delete;
  NetworkThreads& operator=(const NetworkThreads&) = delete;

  [[nodiscard]] std::size_t count() const { return contexts_.size(); }
  [[nodiscard]] asio::io_context& context(std::size_t i) { return *contexts_[i]; }

  // The calling thread runs the first context until that has nothing left to do; threads that it starts
  // run the others meanwhile, and have ended when it returns. What is thrown on any of them is thrown
  // here, but for memory that runs out: what needed it has failed alone (spawn). Once.
  void run();

 private:
  void run_other(asio::io_context& context);

  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace vtp
