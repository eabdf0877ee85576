// A list of payloads that are sent together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// They are stored in one buffer, which keeps its memory after clear().
class Payloads {
 public:
  void add(std::string_view payload) {
    bytes_ += payload;
    ends_.push_back(bytes_.size());
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }

  // Valid until the next change.
  [[nodiscard]] std::vector<std::string_view> all() const {
    std::vector<std::string_view> payloads;
    payloads.reserve(ends_.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      payloads.push_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    return payloads;
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace vtp
