#include "lib/source.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/temporary.h"

namespace vtp {

TEST_CASE("a file is read to its last byte, whatever it holds") {
  const TemporaryFolder folder;
  for (const std::size_t size : {0u, 1u, 65'536u, 300'000u}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<char>(i % 251);
    std::ofstream(folder.file("f"), std::ios::binary) << bytes;
    CHECK(*read_document(folder.file("f"), 1'000'000) == bytes);
  }
}

TEST_CASE("a file that cannot be read has a problem with the cause") {
  const TemporaryFolder folder;
  CHECK(read_document(folder.file("none"), 10).problem() == "No such file or directory");
  CHECK(read_document(folder.file(""), 10).problem() == "Is a directory");
}

TEST_CASE("no more than asked for is taken, even from a source without an end") {
  CHECK(read_document("/dev/zero", 1'000'000).problem() == "has more than 1000000 bytes");
  const TemporaryFolder folder;
  std::ofstream(folder.file("f")) << "12345";
  CHECK(read_document(folder.file("f"), 5));
  CHECK_FALSE(read_document(folder.file("f"), 4));
}

TEST_CASE("- is standard input") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("f")) << "piped";
  const int saved = dup(0);
  const int input = open(folder.file("f").c_str(), O_RDONLY);
  dup2(input, 0);
  CHECK(*read_document(standard_input, 100) == "piped");
  dup2(saved, 0);
  close(saved);
  close(input);
}

TEST_CASE("the documents of several files follow one another, each with its place") {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  std::ofstream(folder.file("one")) << "<a/>";
  std::ofstream(folder.file("two")) << "<b/>\0<larger/>\0<c/>\0"s;
  std::ofstream(folder.file("empty")) << "\n\0"s;
  DocumentReader reader(
      {folder.file("one"), folder.file("none"), folder.file("two"), folder.file("empty")}, 5);
  std::string all;
  while (auto document = reader.next()) {
    CHECK(document->file.starts_with(folder.file("")));
    all += document->file.substr(folder.file("").size()) + "," + std::to_string(document->number) +
           "," + document->place + "," + document->bytes + document->problem + "\n";
  }
  CHECK(all ==
        "one,1,,<a/>\n"
        "none,0,,No such file or directory\n"
        "two,1,event 1 at byte 0,<b/>\n"
        "two,2,event 2 at byte 5,has more than 5 bytes\n"
        "two,3,event 3 at byte 15,<c/>\n"
        "empty,0,,has no event in it\n");
}

TEST_CASE("what comes from a file that is not open yet may have to be waited for") {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  std::ofstream(folder.file("two")) << "<a/>\0<b/>\0"s;
  DocumentReader reader({folder.file("two"), folder.file("none")}, 5);
  CHECK_FALSE(reader.ready());
  CHECK_FALSE(reader.within_file());
  CHECK(reader.next()->bytes == "<a/>");
  CHECK(reader.ready());
  CHECK(reader.within_file());
  CHECK(reader.next()->bytes == "<b/>");
  CHECK_FALSE(reader.ready());
  CHECK_FALSE(reader.within_file());
  CHECK_FALSE(reader.next()->problem.empty());
  CHECK_FALSE(reader.next());
}

}  // namespace vtp
