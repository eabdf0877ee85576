#include "lib/kafka/event_message.h"

#include <algorithm>

namespace vtp {

std::array<std::uint8_t, 16> uuid_of(const Digest& digest) {
  std::array<std::uint8_t, 16> uuid{};
  std::copy_n(digest.bytes.begin(), uuid.size(), uuid.begin());
  constexpr std::uint8_t version = 0x80;
  constexpr std::uint8_t variant = 0x80;
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | version);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | variant);
  return uuid;
}

EventMessage::EventMessage(std::string_view event, std::string_view ivorn, const Digest& digest,
                           std::string_view source)
    : event_(event), ivorn_(ivorn), id_(uuid_of(digest)), digest_(digest.hex()), source_(source) {}

OutgoingMessage EventMessage::outgoing() const {
  const std::string_view id(reinterpret_cast<const char*>(id_.data()), id_.size());
  return {ivorn_,
          event_,
          {{format_header, "voevent"},
           {id_header, id},
           {digest_header, digest_},
           {source_header, source_}}};
}

}  // namespace vtp
