// Lets coroutines on several threads wait for another thread, which resumes them in groups.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {

// A coroutine that waits for a value. Made by wait_for().
template <class Value>
class Waiter {
 public:
  virtual ~Waiter() = default;

  // Where it resumes.
  [[nodiscard]] virtual asio::any_io_executor executor() const = 0;

  // Resumes it on the calling thread, which must be its executor's. Call it once.
  virtual void tell(Value value) = 0;
};

// Passes a Waiter to `begin`, and returns the value that the waiter is told, on the caller's
// executor. If there is no memory for that, the caller's coroutine is destroyed where it is
// suspended, and its on_end is called (spawn): Asio does not survive an exception there.
template <class Value, class Begin>
[[nodiscard]] asio::awaitable<Value> wait_for(Begin begin) {
  auto initiate = [begin = std::move(begin)](auto handler) mutable {
    using Handler = decltype(handler);
    class Waits final : public Waiter<Value> {
     public:
      explicit Waits(Handler handler) : handler_(std::move(handler)) {}
      [[nodiscard]] asio::any_io_executor executor() const override {
        return asio::get_associated_executor(handler_);
      }
      void tell(Value value) override {
        Handler handler = std::move(handler_);
        handler(std::move(value));
      }

     private:
      Handler handler_;
    };
    try {
      begin(std::make_unique<Waits>(std::move(handler)));
    } catch (const std::bad_alloc&) {
      // destroys the handler, and with it the coroutine
    }
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      std::move(initiate), asio::use_awaitable);
}

// Collects values for many waiters and posts them once per executor, not once per waiter.
template <class Value>
class Answers {
 public:
  void add(std::unique_ptr<Waiter<Value>> waiter, Value value) {
    const auto executor = waiter->executor();
    const auto known = std::ranges::find(groups_, executor, &Group::executor);
    Group& group = known == groups_.end() ? groups_.emplace_back(Group{executor, {}}) : *known;
    group.answers.push_back({std::move(waiter), std::move(value)});
  }

  // Returns at once; any thread.
  void send() {
    for (Group& group : std::exchange(groups_, {}))
      asio::post(group.executor, [answers = std::move(group.answers)]() mutable {
        for (Answer& answer : answers)
          answer.waiter->tell(std::move(answer.value));
      });
  }

 private:
  struct Answer {
    std::unique_ptr<Waiter<Value>> waiter;
    Value value;
  };
  struct Group {
    asio::any_io_executor executor;
    std::vector<Answer> answers;
  };
  std::vector<Group> groups_;
};

}  // namespace vtp
