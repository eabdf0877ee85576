#include "lib/vtp/frame.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace vtp {
namespace {

// The buffer for one read: large enough for most events, small enough for every idle connection to
// have one.
constexpr std::size_t least_room = 8 * 1024;
constexpr std::size_t most_room = 64 * 1024;  // for peers that send more at a time

std::uint32_t length_in(const char* header) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < frame_header_size; ++i)
    length = length << 8 | static_cast<unsigned char>(header[i]);
  return length;
}

}  // namespace

std::array<char, frame_header_size> frame_header(std::size_t size) {
  assert(size <= 0xFFFF'FFFF);
  return {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
          static_cast<char>(size >> 8), static_cast<char>(size)};
}

std::string_view other_protocol(std::uint32_t length) {
  static constexpr std::pair<std::string_view, std::string_view> beginnings[] = {
      {"HTTP", "an HTTP server"},
      {"<htm", "an HTTP server"},
      {"<HTM", "an HTTP server"},
      {"<!DO", "an HTTP server"},
      {"<!do", "an HTTP server"},
      {"GET ", "an HTTP client"},
      {"POST", "an HTTP client"},
      {"HEAD", "an HTTP client"},
      {"SSH-", "an SSH server or client"},
      {"220 ", "a mail or FTP server"},
      {"220-", "a mail or FTP server"},
      {"+OK", "a mail server"},
      {"-ERR", "a server that answers with an error"},
      {"\x15\x03", "TLS"},
      {"\x16\x03", "TLS"},
      {"<?xm", "XML without its length before it"},
      {"<voe", "XML without its length before it"},
      {"<trn", "XML without its length before it"},
  };
  const auto bytes = frame_header(length);
  const std::string_view text(bytes.data(), bytes.size());
  for (const auto& [beginning, name] : beginnings)
    if (text.starts_with(beginning)) return name;
  return "";
}

FrameDecoder::FrameDecoder(std::size_t max_size) : max_size_(max_size), room_size_(least_room) {}

std::size_t FrameDecoder::memory_after_room() const {
  const std::size_t held = end_ - begin_;
  if (held == 0) return room_size_;  // also after a large frame
  if (size_ - held >= room_size_ / 2) return size_;
  return std::max(held + room_size_, std::min(2 * size_, frame_size() + room_size_));
}

void FrameDecoder::shrink() {
  if (within_frame() || size_ <= room_size_) return;
  buffer_.reset();
  size_ = begin_ = end_ = 0;
}

// The size of the first frame, as far as it is known.
std::size_t FrameDecoder::frame_size() const {
  if (end_ - begin_ < frame_header_size) return frame_header_size;
  return frame_header_size + std::min<std::size_t>(length_in(buffer_.get() + begin_), max_size_);
}

std::span<char> FrameDecoder::room() {
  const std::size_t size = memory_after_room();
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (size != size_) take_room(size);
  return {buffer_.get() + end_, size_ - end_};
}

void FrameDecoder::take_room(std::size_t size) {
  auto larger = std::make_unique_for_overwrite<char[]>(size);
  if (end_ > 0) std::memcpy(larger.get(), buffer_.get(), end_);
  buffer_ = std::move(larger);
  size_ = size;
}

void FrameDecoder::add(std::size_t count) {
  assert(count <= size_ - end_);
  const bool filled = count == size_ - end_;
  end_ += count;
  // Only at the end of a frame: the pieces of a large frame do not predict what follows it.
  if (filled && count >= room_size_ / 2 && end_ - begin_ >= frame_size())
    room_size_ = std::min(2 * room_size_, most_room);
  else if (count < room_size_ / 4)
    room_size_ = std::max(room_size_ / 2, least_room);
}

std::optional<std::string_view> FrameDecoder::next() {
  if (too_large_ || end_ - begin_ < frame_header_size) return std::nullopt;
  const std::uint32_t length = length_in(buffer_.get() + begin_);
  if (length > max_size_) {
    too_large_ = length;
    return std::nullopt;
  }
  if (end_ - begin_ - frame_header_size < length) return std::nullopt;
  const std::string_view payload(buffer_.get() + begin_ + frame_header_size, length);
  begin_ += frame_header_size + length;
  return payload;
}

}  // namespace vtp
