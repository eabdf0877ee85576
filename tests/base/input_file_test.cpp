#include "lib/base/input_file.h"

#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {

TEST_CASE("a file is read to its last byte, whatever it holds") {
  const TemporaryFolder folder;
  for (const std::size_t size : {0u, 1u, 65'536u, 300'000u}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<char>(i % 251);
    std::ofstream(folder.file("f"), std::ios::binary) << bytes;
    CHECK(*read_file(folder.file("f"), 1'000'000) == bytes);
  }
}

TEST_CASE("a file that cannot be read has a problem with the cause") {
  const TemporaryFolder folder;
  CHECK(read_file(folder.file("none"), 10).problem() == "No such file or directory");
  CHECK(read_file(folder.file(""), 10).problem() == "Is a directory");
}

TEST_CASE("no more than asked for is taken, even from a source without an end") {
  CHECK(read_file("/dev/zero", 1'000'000).problem() == "has more than 1000000 bytes");
  const TemporaryFolder folder;
  std::ofstream(folder.file("f")) << "12345";
  CHECK(read_file(folder.file("f"), 5));
  CHECK_FALSE(read_file(folder.file("f"), 4));
}

TEST_CASE("- is standard input") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("f")) << "piped";
  const int saved = dup(0);
  const int input = open(folder.file("f").c_str(), O_RDONLY);
  dup2(input, 0);
  CHECK(*read_file(standard_input, 100) == "piped");
  dup2(saved, 0);
  close(saved);
  close(input);
}

}  // namespace vtp
