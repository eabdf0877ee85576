#include "lib/voevent/event.h"

#include <atomic>
#include <cctype>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a digest is the SHA-256 of the bytes") {
  // FIPS 180-2, appendix B.1, and the empty message.
  CHECK(digest_of("abc").hex() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("digests are computed on many threads at once") {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const Digest long_one = digest_of(std::string(100'000, 'x'));
      for (int j = 0; j < 50; ++j)
        right += digest_of(std::string(100'000, 'x')) == long_one &&
                 digest_of("abc").hex().starts_with("ba7816bf");
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(right == 200);
}

TEST_CASE("a digest is read from its digits, of either case, and from nothing else") {
  const Digest digest = digest_of("abc");
  std::string hex = digest.hex();
  CHECK(Digest::parse(hex) == digest);
  for (char& c : hex)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(Digest::parse(hex) == digest);
  CHECK_FALSE(Digest::parse(""));
  CHECK_FALSE(Digest::parse(hex.substr(1)));
  CHECK_FALSE(Digest::parse(hex + "0"));
  for (const char* wrong : {"g", " ", "-", "x"}) {
    std::string other = hex;
    CHECK_FALSE(Digest::parse(other.replace(10, 1, wrong)));
    CHECK_FALSE(Digest::parse(other.replace(10, 2, wrong + std::string("1"))));
  }
}

TEST_CASE("two digests are equal only if the bytes are") {
  CHECK(digest_of("<a/>") == digest_of("<a/>"));
  CHECK_FALSE(digest_of("<a/>") == digest_of("<a />"));
}

TEST_CASE("a cleared headline is empty") {
  Headline headline{"i", "r", "v", "a", "d", "t", "f", "u", 1.0, 2.0, 3.0};
  headline.clear();
  CHECK(headline.ivorn.empty());
  CHECK(headline.position_unit.empty());
  CHECK_FALSE(headline.error_radius.has_value());
}

}  // namespace vtp
