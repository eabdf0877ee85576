#include "lib/net/waiter.h"

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "tests/support/catch.h"

namespace vtp {
namespace {

using Waiting = std::vector<std::unique_ptr<Waiter<int>>>;

struct Told {
  int value = 0;
  std::thread::id thread;
};

asio::awaitable<Told> wait_in(Waiting& waiting) {
  const auto begin = [&](std::unique_ptr<Waiter<int>> waiter) {
    waiting.push_back(std::move(waiter));
  };
  const int value = co_await wait_for<int>(begin);
  co_return Told{value, std::this_thread::get_id()};
}

}  // namespace

TEST_CASE("many that wait are told in their order, on their own threads, in one step for each") {
  asio::io_context first;
  asio::io_context second;
  Waiting waiting;
  std::vector<std::future<Told>> told;
  for (asio::io_context* context : {&first, &second, &first, &second, &first})
    told.push_back(asio::co_spawn(*context, wait_in(waiting), asio::use_future));
  first.poll();
  second.poll();
  REQUIRE(waiting.size() == 5);  // the first context's, then the second's

  Answers<int> answers;
  for (int i = 0; auto& waiter : waiting)
    answers.add(std::move(waiter), ++i);
  std::thread([&] { answers.send(); }).join();
  CHECK(first.run_one() == 1);  // all three
  std::thread second_thread([&] { second.run(); });
  const std::thread::id there = second_thread.get_id();
  second_thread.join();
  first.run();
  std::vector<int> values;
  for (std::size_t i = 0; auto& future : told) {
    const Told one = future.get();
    values.push_back(one.value);
    CHECK(one.thread == (i++ % 2 == 0 ? std::this_thread::get_id() : there));
  }
  CHECK(values == std::vector{1, 4, 2, 5, 3});
}

TEST_CASE("nobody is told twice") {
  asio::io_context context;
  Waiting waiting;
  auto told = asio::co_spawn(context, wait_in(waiting), asio::use_future);
  context.poll();
  Answers<int> answers;
  answers.add(std::move(waiting.front()), 7);
  answers.send();
  answers.send();
  context.restart();
  CHECK(context.run() > 0);
  CHECK(told.get().value == 7);
}

}  // namespace vtp
