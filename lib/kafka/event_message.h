// An event as a message of a topic, as hop-client and our own programs read it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/kafka/kafka_producer.h"
#include "lib/voevent/event.h"

namespace vtp {

// Names of a message's headers. The first two are hop-client's (hop-client 0.12, models and io).
inline constexpr const char* format_header = "_format";     // "voevent"
inline constexpr const char* id_header = "_id";             // a UUID, 16 bytes
inline constexpr const char* digest_header = "vtp-digest";  // 64 hexadecimal digits
inline constexpr const char* source_header = "vtp-source";  // where the sender had it from
inline constexpr const char* append_header = "vtp-append";  // which append to a shared log it is

// A UUID of version 8 (RFC 9562, section 5.8) that is made from the digest, so that an event that
// is sent again has the same.
[[nodiscard]] std::array<std::uint8_t, 16> uuid_of(const Digest& digest);

// The key is the ivorn, and the value the bytes of the event, to which this refers: they must live
// longer.
class EventMessage {
 public:
  EventMessage(std::string_view event, std::string_view ivorn, const Digest& digest,
               std::string_view source);

  // Refers to this object, too.
  [[nodiscard]] OutgoingMessage outgoing() const;

 private:
  std::string_view event_;
  std::string_view ivorn_;
  std::array<std::uint8_t, 16> id_;
  std::string digest_;
  std::string_view source_;
};

}  // namespace vtp
