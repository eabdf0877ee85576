#include "lib/vtp/frame.h"

#include <algorithm>
#include <vector>

#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string framed(std::string_view payload) {
  const auto header = frame_header(payload.size());
  return std::string(header.data(), header.size()) + std::string(payload);
}

// Feeds the bytes in pieces of `step` and collects the payloads.
std::vector<std::string> decode(FrameDecoder& decoder, std::string_view bytes, std::size_t step) {
  std::vector<std::string> payloads;
  while (!bytes.empty()) {
    const auto room = decoder.room();
    const std::size_t count = std::min({step, room.size(), bytes.size()});
    std::copy_n(bytes.begin(), count, room.begin());
    decoder.add(count);
    bytes.remove_prefix(count);
    while (const auto payload = decoder.next())
      payloads.emplace_back(*payload);
  }
  return payloads;
}

}  // namespace

TEST_CASE("the header is the length in network byte order") {
  const auto header = frame_header(0x01020304);
  CHECK(std::string(header.data(), header.size()) == "\x01\x02\x03\x04");
}

TEST_CASE("frames come out whole, however the bytes come in") {
  const std::string large(100'000, 'x');
  const std::string bytes = framed("one") + framed("") + framed(large) + framed("last");
  for (const std::size_t step : {1u, 3u, 7u, 4096u, 1'000'000u}) {
    FrameDecoder decoder(1'000'000);
    CHECK(decode(decoder, bytes, step) == std::vector<std::string>{"one", "", large, "last"});
    CHECK_FALSE(decoder.within_frame());
  }
}

TEST_CASE("a frame of the largest size is taken, one byte more is not") {
  FrameDecoder decoder(10);
  CHECK(decode(decoder, framed("0123456789"), 100).size() == 1);
  CHECK(decode(decoder, framed("0123456789a"), 100).empty());
  CHECK(decoder.too_large() == 11u);
}

TEST_CASE("nothing is taken after a frame that is too large") {
  FrameDecoder decoder(10);
  CHECK(decode(decoder, framed("fine") + "\xff\xff\xff\xff" + framed("late"), 100) ==
        std::vector<std::string>{"fine"});
  CHECK(decoder.too_large() == 0xFFFF'FFFFu);
}

TEST_CASE("a header that promises much costs nothing until the bytes come") {
  FrameDecoder decoder(0xFFFF'FFFF);
  decode(decoder, "\xff\xff\xff\xff", 4);
  CHECK(decoder.within_frame());
  CHECK(decoder.room().size() < 20'000);
}

TEST_CASE("the room of a large frame is given back once it was handed out") {
  FrameDecoder decoder(10'000'000);
  CHECK(decode(decoder, framed(std::string(5'000'000, 'x')), 1 << 20).size() == 1);
  CHECK(decoder.room().size() < 20'000);
}

TEST_CASE(
    "a peer that fills what it is given is given more, up to a bound, and less when it does not") {
  FrameDecoder decoder(1'000'000);
  const auto read = [&decoder](std::size_t bytes) {
    const std::string frame = framed(std::string(bytes - frame_header_size, 'x'));
    const auto room = decoder.room();
    REQUIRE(room.size() >= frame.size());
    std::ranges::copy(frame, room.begin());
    decoder.add(frame.size());
    CHECK(decoder.next());
    return room.size();
  };
  std::size_t room = 0;
  for (int i = 0; i < 8; ++i)
    room = read(decoder.room().size());
  CHECK(room == 64 * 1024);
  for (int i = 0; i < 8; ++i)
    room = read(100);
  CHECK(room == 8 * 1024);
}

TEST_CASE("memory stays within the largest frame and a reader's room") {
  FrameDecoder decoder(1'000'000);
  const std::string bytes = framed(std::string(1'000'000, 'x'));
  std::size_t got = 0;
  while (got < bytes.size()) {
    const auto room = decoder.room();
    CHECK(got + room.size() <= 1'000'000 + 4 + 64 * 1024);
    const std::size_t count = std::min(room.size(), bytes.size() - got);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(got), count, room.begin());
    decoder.add(count);
    got += count;
  }
  CHECK(decoder.next().has_value());
}

TEST_CASE("what is no length is known as the beginning of another protocol") {
  const auto speaks = [](std::string_view text) {
    FrameDecoder decoder(4'000'000);
    decode(decoder, text, text.size());
    return std::string(other_protocol(decoder.too_large().value()));
  };
  CHECK(speaks("HTTP/1.1 400 Bad Request") == "an HTTP server");
  CHECK(speaks("<!DOCTYPE HTML>") == "an HTTP server");
  CHECK(speaks("GET / HTTP/1.1") == "an HTTP client");
  CHECK(speaks("SSH-2.0-OpenSSH_9.2") == "an SSH server or client");
  CHECK(speaks("220 mail.example.org ESMTP") == "a mail or FTP server");
  CHECK(speaks(std::string_view("\x15\x03\x01\x00\x02", 5)) == "TLS");
  CHECK(speaks("<?xml version='1.0'?>") == "XML without its length before it");
  CHECK(speaks("+OK POP3 ready") == "a mail server");
  CHECK(speaks("-ERR unknown command") == "a server that answers with an error");
  CHECK(speaks("abcd") == "");
}

TEST_CASE("within a frame: from its first byte to its last") {
  FrameDecoder decoder(100);
  decode(decoder, std::string_view("\0\0", 2), 2);
  CHECK(decoder.within_frame());
  decode(decoder, std::string_view("\0\1x", 3), 3);
  CHECK_FALSE(decoder.within_frame());
}

}  // namespace vtp
