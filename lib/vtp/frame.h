// VTP's framing: a 4-byte unsigned length in network byte order, then that many bytes (VOEvent
// Transport Protocol 2.0, section 2.3). Turns bytes into payloads; independent of sockets and XML.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace vtp {

inline constexpr std::size_t frame_header_size = 4;

// The header for a payload of `size` bytes; size must fit 32 bits.
[[nodiscard]] std::array<char, frame_header_size> frame_header(std::size_t size);

// Recognizes a peer that does not speak VTP: if the first four bytes, read as a length, are the
// beginning of a well-known protocol, its name for a message, such as "an HTTP server"; otherwise
// empty.
[[nodiscard]] std::string_view other_protocol(std::uint32_t length);

// Takes bytes as they arrive and returns whole payloads. Its memory grows with the bytes that have
// arrived, never with the length in a header, and is at most max_size plus the buffer for one read:
// 8 kB, or up to 64 kB for a peer that keeps filling it. One thread at a time.
//
//     read some bytes into decoder.room(); decoder.add(how_many);
//     while (auto payload = decoder.next()) …
class FrameDecoder {
 public:
  // max_size: the largest accepted payload in bytes, at most 0xFFFFFFFF.
  explicit FrameDecoder(std::size_t max_size);

  // Its memory in bytes: now, and after a call of room().
  [[nodiscard]] std::size_t memory() const { return size_; }
  [[nodiscard]] std::size_t memory_after_room() const;

  // Frees its memory, if no part of a frame has arrived.
  void shrink();

  // A buffer to read into, never empty. Invalidates what next() returned before.
  [[nodiscard]] std::span<char> room();

  // The first `count` bytes of the last room() have been filled.
  void add(std::size_t count);

  // The next whole payload; nothing if it is incomplete, or after a frame that was too large. Valid
  // until the next room().
  [[nodiscard]] std::optional<std::string_view> next();

  // The length in the header of a frame over max_size; nothing more is accepted after it.
  [[nodiscard]] std::optional<std::uint32_t> too_large() const { return too_large_; }

  // True if a part of a frame has arrived, but not all of it.
  [[nodiscard]] bool within_frame() const { return end_ > begin_; }

 private:
  std::size_t max_size_;
  [[nodiscard]] std::size_t frame_size() const;
  void take_room(std::size_t size);

  std::size_t room_size_;           // size of the buffer for a read
  std::unique_ptr<char[]> buffer_;  // not initialised, so that unused pages cost no memory
  std::size_t size_ = 0;
  std::size_t begin_ = 0;  // of the bytes that have arrived and were not returned yet
  std::size_t end_ = 0;
  std::optional<std::uint32_t> too_large_;
};

}  // namespace vtp
