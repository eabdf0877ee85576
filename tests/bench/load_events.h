// The events that a load is made of, ready for the wire, and what subscribers say to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/vtp/transport.h"

namespace vtp {

// The message as a frame.
[[nodiscard]] std::string framed(const Transport& message);

// Immutable, and numbered from 0 in the order in which they are sent.
class LoadEvents {
 public:
  // So many that nobody has seen before, of `size` bytes or a little more, each valid, and with a Param
  // seq whose value is its number.
  static LoadEvents make(std::size_t count, std::size_t size);
  // The first `count` of a stream of events in a file, or all; one whose ivorn another before it has is
  // passed over, since subscribers tell them apart by that. Throws if it cannot be read.
  static LoadEvents read(const std::string& path, std::size_t count);

  [[nodiscard]] std::size_t size() const { return events_.size(); }
  [[nodiscard]] std::string_view frame(std::size_t number) const { return events_[number].frame; }
  [[nodiscard]] std::string_view bytes(std::size_t number) const;
  [[nodiscard]] std::string_view ivorn(std::size_t number) const { return events_[number].ivorn; }
  [[nodiscard]] std::string_view ack_frame(std::size_t number) const { return events_[number].ack; }

  // Which event has all of these bytes. The one that came after `previous` the last time is tried first,
  // which spares most subscribers, who all hear the same in the same order, to look for the ivorn.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view bytes, std::size_t previous);

 private:
  struct Entry {
    std::string frame;
    std::string ivorn;
    std::string ack;            // a frame
    std::size_t successor = 0;  // as it came the last time
  };
  void add(std::string_view bytes);

  std::vector<Entry> events_;
  std::unordered_map<std::string, std::size_t> by_ivorn_;
};

}  // namespace vtp
