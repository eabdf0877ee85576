// A value that is replaced as a whole while others use it; for this room's own use.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace vtp {

// Any thread.
template <class Value>
class Current {
 public:
  explicit Current(std::shared_ptr<Value> value) : value_(std::move(value)) {}

  [[nodiscard]] std::shared_ptr<Value> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  void set(std::shared_ptr<Value> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Value> value_;
};

}  // namespace vtp
