#include "lib/stream/source.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/stream/file_kind.h"
#include "tests/support/catch.h"
#include "tests/support/named_pipe.h"
#include "tests/support/temporary.h"

namespace vtp {

TEST_CASE("the documents of several files follow one another, each with its location") {
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
           "," + document->location + "," + document->bytes + document->problem + "\n";
  }
  CHECK(all ==
        "one,1,,<a/>\n"
        "none,0,,No such file or directory\n"
        "two,1,event 1 at byte 0,<b/>\n"
        "two,2,event 2 at byte 5,has more than 5 bytes\n"
        "two,3,event 3 at byte 15,<c/>\n"
        "empty,0,,contains no event\n");
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

namespace {

using namespace std::string_literals;

// What is said of a file with these bytes, as a file and, if it is small, from a pipe; "" is said of a document.
std::vector<std::string> said_of(const std::string& bytes) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << bytes;
  DocumentReader reader({folder.file("file")}, 1'000'000);
  std::vector<std::string> said;
  while (const auto document = reader.next())
    said.push_back(document->problem);
  if (bytes.size() > 4096) return said;
  const std::string pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(pipe) << bytes; });
  DocumentReader from_pipe({pipe}, 1'000'000);
  std::vector<std::string> again;
  for (std::size_t i = 0; i < said.size(); ++i)
    again.push_back(from_pipe.next()->problem);
  writer.join();
  CHECK(again == said);
  return said;
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (; count > 0; --count)
    all += text;
  return all;
}

}  // namespace

TEST_CASE("a file that is known for something else has that problem alone, whatever is in it") {
  std::string tar(file_kind_bytes, '\0');
  tar.replace(0, 5, "a.xml").replace(257, 5, "ustar");
  using Said = std::vector<std::string>;
  CHECK(said_of(tar + repeated("<a/>\0"s, 300)) ==
        Said{"is a tar archive; extract it first (tar -xf)"});
  CHECK(said_of("\x1F\x8B\b\0\0\0\0\0\0\3"s + repeated("\0<a/>\0x"s, 300)) ==
        Said{"is compressed by gzip; decompress it first (gunzip)"});
  CHECK(said_of("PK\3\4"s + repeated("\0<a/>\0"s, 1000)).size() == 1);
}

TEST_CASE("a file of whose first records most are no XML has that problem alone") {
  using Said = std::vector<std::string>;
  CHECK(said_of(repeated("x\0"s, 1000)) ==
        Said{"is not a stream of events: of its first 64 records 64 are not XML"});
  CHECK(said_of("a.xml\0b.xml\0"s) ==
        Said{"is not a stream of events: of its first 2 records 2 are not XML"});
  CHECK(said_of("<a/>\0x\0y\0"s) ==
        Said{"is not a stream of events: of its first 3 records 2 are not XML"});
  CHECK(said_of("x\0<a/>\0y\0"s).size() == 1);
}

TEST_CASE("what is mostly XML is read, with what is in between, and so is a lone text") {
  CHECK(said_of("x\0<a/>\0"s).size() == 2);
  CHECK(said_of("<a/>\0x\0y\0\n<b/>\0"s).size() == 4);
  CHECK(said_of(repeated("<a/>\0"s, 70) + repeated("x\0"s, 70)).size() == 140);
  CHECK(said_of("hello").size() == 1);
  CHECK(said_of("hello") == std::vector<std::string>{""});
}

TEST_CASE("of a stream that comes slowly a document is there as soon as its end is") {
  const NamedPipe pipe;
  DocumentReader reader({pipe.path()}, 1000);
  for (const char* document : {"<a/>", "x", "<b/>", "<c/>"}) {
    pipe.write(document + "\0"s);
    CHECK(reader.next()->bytes == document);
    CHECK_FALSE(reader.ready());
    CHECK(reader.within_file());
  }
}

TEST_CASE("text before a stream is told once it is known that the stream is one") {
  const NamedPipe pipe;
  DocumentReader reader({pipe.path()}, 1000);
  pipe.write("x\0<a/>\0"s);
  CHECK(reader.next()->bytes == "x");
  CHECK(reader.ready());
  CHECK(reader.next()->bytes == "<a/>");
  CHECK_FALSE(reader.ready());
}

}  // namespace vtp
