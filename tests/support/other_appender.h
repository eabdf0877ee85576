// Another way into a log than its own (EventLog::append_through), which a test controls.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include <asio/awaitable.hpp>

#include "lib/store/appender.h"

namespace vtp {

class OtherAppender final : public Appender {
 public:
  using CatchUp = std::function<asio::awaitable<bool>()>;

  // catch_up: what catch_up() does and returns; false if there is none.
  explicit OtherAppender(CatchUp catch_up = {}) : catch_up_(std::move(catch_up)) {}

  // Stores nothing.
  asio::awaitable<Stored> append(EventPtr event, std::string source) override {
    noted += source + " " + event->bytes + "\n";
    co_return fate;
  }
  asio::awaitable<bool> catch_up(std::chrono::steady_clock::time_point until) override {
    ++asked;
    asked_until = until;
    if (!catch_up_) co_return false;
    co_return co_await catch_up_();
  }

  Stored fate = Stored::failed;                       // of all that is appended
  std::string noted;                                  // what was appended: a line each
  std::size_t asked = 0;                              // how often it was to catch up, …
  std::chrono::steady_clock::time_point asked_until;  // … and by when, the last time

 private:
  const CatchUp catch_up_;
};

}  // namespace vtp
