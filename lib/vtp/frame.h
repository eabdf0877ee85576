// VTP's framing: a 4-byte unsigned length in network byte order, then that many bytes (VOEvent
// Transport Protocol 2.0, section 2.3). Bytes in, frames out; nothing here knows of sockets or XML.
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

// The header of a payload of `size` bytes; size must fit 32 bits.
[[nodiscard]] std::array<char, frame_header_size> frame_header(std::size_t size);

// What speaks there, in words for people, if these first bytes of it are not the length of any message but those
// of a well-known protocol: "an HTTP server"; otherwise empty.
[[nodiscard]] std::string_view other_protocol(std::uint32_t length);

// Takes bytes as they come and hands out whole payloads. Its memory follows what has really come,
// never what a header promises, and is at most max_size + a reader's room: 8 kB, or up to 64 kB for a peer
// that keeps filling that. One thread at a time.
//
//     read some bytes into decoder.room(); decoder.add(how_many);
//     while (auto payload = decoder.next()) …
class FrameDecoder {
 public:
  // max_size: the largest payload that is taken, in bytes, at most 0xFFFFFFFF.
  explicit FrameDecoder(std::size_t max_size);

  // Bytes of memory that it has, and that it would have after room().
  [[nodiscard]] std::size_t memory() const { return size_; }
  [[nodiscard]] std::size_t memory_after_room() const;

  // Lets go of what it has, if nothing of a frame has come.
  void shrink();

  // Free room to read into, never empty. Ends the life of what next() gave before.
  [[nodiscard]] std::span<char> room();

  // The first `count` bytes of the last room() have been filled.
  void add(std::size_t count);

  // The next whole payload, or nothing while it is not all there, or once a frame was too large.
  // Lives until the next room().
  [[nodiscard]] std::optional<std::string_view> next();

  // The length in the header of a frame over max_size; nothing more is taken after it.
  [[nodiscard]] std::optional<std::uint32_t> too_large() const { return too_large_; }

  // Some of a frame has come, and not all of it.
  [[nodiscard]] bool within_frame() const { return end_ > begin_; }

 private:
  std::size_t max_size_;
  [[nodiscard]] std::size_t frame_size() const;
  void take_room(std::size_t size);

  std::size_t room_size_;           // that it makes for a read
  std::unique_ptr<char[]> buffer_;  // not filled with anything: what is not used costs no memory
  std::size_t size_ = 0;
  std::size_t begin_ = 0;  // of what has come and was not handed out
  std::size_t end_ = 0;
  std::optional<std::uint32_t> too_large_;
};

}  // namespace vtp
