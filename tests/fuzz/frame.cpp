// Frames: however the bytes are cut into reads, the same payloads come out, which are those that the
// headers promise; and memory stays within its bound.
#include "lib/vtp/frame.h"

#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <optional>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

using vtp::fuzz::require;

struct Taken {
  std::vector<std::string> payloads;
  std::optional<std::uint32_t> too_large;
  bool within_frame = false;

  bool operator==(const Taken&) const = default;
};

// What the protocol says, without any state.
Taken expected(std::string_view bytes, std::size_t max_size) {
  Taken taken;
  while (bytes.size() >= vtp::frame_header_size) {
    std::uint32_t length = 0;
    for (const char c : bytes.substr(0, vtp::frame_header_size))
      length = length << 8 | static_cast<unsigned char>(c);
    if (length > max_size) {
      taken.too_large = length;
      break;
    }
    if (bytes.size() - vtp::frame_header_size < length) break;
    const std::string_view payload = bytes.substr(vtp::frame_header_size, length);
    const auto header = vtp::frame_header(payload.size());
    require(
        std::string_view(header.data(), header.size()) == bytes.substr(0, vtp::frame_header_size),
        "a payload's header is the one that it came with");
    taken.payloads.emplace_back(payload);
    bytes.remove_prefix(vtp::frame_header_size + length);
  }
  taken.within_frame = !bytes.empty();
  return taken;
}

Taken decoded(std::string_view bytes, std::size_t max_size, FuzzedDataProvider& cuts) {
  constexpr std::size_t room_of_a_reader = 64 * 1024;
  vtp::FrameDecoder decoder(max_size);
  Taken taken;
  while (!bytes.empty() && !decoder.too_large()) {
    const std::size_t foretold = decoder.memory_after_room();
    const auto room = decoder.room();
    require(!room.empty(), "there is always room");
    require(decoder.memory() == foretold, "what it takes is known before");
    require(decoder.memory() <= max_size + vtp::frame_header_size + room_of_a_reader,
            "memory stays within its bound");
    std::size_t count = std::min(room.size(), bytes.size());
    if (cuts.remaining_bytes() > 0)
      count = std::min(count, cuts.ConsumeIntegralInRange<std::size_t>(1, 300));
    std::memcpy(room.data(), bytes.data(), count);
    decoder.add(count);
    bytes.remove_prefix(count);
    while (const auto payload = decoder.next())
      taken.payloads.emplace_back(*payload);
  }
  require(!decoder.next(), "nothing is left behind");
  taken.too_large = decoder.too_large();
  taken.within_frame = decoder.within_frame();
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::size_t max_size = input.ConsumeIntegralInRange<std::size_t>(0, 1 << 16);
  const std::string sizes = input.ConsumeRandomLengthString();
  FuzzedDataProvider cuts(reinterpret_cast<const std::uint8_t*>(sizes.data()), sizes.size());
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  const Taken taken = decoded(bytes, max_size, cuts);
  require(taken == expected(bytes, max_size), "any cut gives the same frames");
  return 0;
}
