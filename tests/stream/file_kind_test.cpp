#include "lib/stream/file_kind.h"

#include <string>

#include "tests/support/catch.h"

namespace vtp {

using namespace std::string_literals;

TEST_CASE("archives and compressed files are known by their first bytes") {
  const auto tar = [](const std::string& name) {
    std::string block(file_kind_bytes, '\0');
    block.replace(0, name.size(), name);
    return block.replace(257, 5, "ustar");
  };
  CHECK(kind_of_file(tar("events/a.xml")).what == "is a tar archive; extract it first (tar -xf)");
  CHECK(kind_of_file("\x1F\x8B\x08"s).what ==
        "is compressed by gzip; decompress it first (gunzip)");
  CHECK(kind_of_file("PK\x03\x04..").what == "is a zip archive; extract it first (unzip)");
  CHECK(kind_of_file("PK\x05\x06..").what == "is a zip archive; extract it first (unzip)");
  for (const std::string& other :
       {"BZh9"s, "\xFD\x37zXZ\0\0"s, "\x28\xB5\x2F\xFD"s, "SQLite format 3\0"s, "SIMPLE  =    T"s,
        "%PDF-1.7"s, "\x89PNG\r\n"s, "\xFF\xD8\xFF\xE0"s})
    CHECK_FALSE(kind_of_file(other).what.empty());
}

TEST_CASE("of other bytes nothing is known") {
  for (const std::string& bytes :
       {""s, "\x1F"s, "PK"s, "hello"s, "{\"a\": 1}"s, std::string(file_kind_bytes, '\0'),
        "<VOEvent/>"s, "\xFF\xFE<\0"s, std::string(256, ' ') + "<ustar"})
    CHECK(kind_of_file(bytes).what.empty());
}

TEST_CASE("more bytes are asked for only where they may tell something") {
  for (const std::string& more : {"\x1F"s, "PK\x03"s, "SQLite format 3"s, "BZ"s, "events/a.xml"s,
                                  "a.xml\0\0\0"s, " "s, "\xEF\xBB"s})
    CHECK(kind_of_file(more).may_be_known);
  for (const std::string& enough : {"\x1F\x8B"s, "text\0<a/>"s, "text\0 "s, "\0"s, "\0\0\0x"s,
                                    " <a/>"s, "<"s, "\xFF\xFE"s, std::string(file_kind_bytes, 'x')})
    CHECK_FALSE(kind_of_file(enough).may_be_known);
}

TEST_CASE("a document begins with a bracket, behind white space or a mark") {
  for (const std::string& bytes : {"<a/>"s, " \r\n\t<a/>"s, "\xEF\xBB\xBF<a/>"s,
                                   "\xEF\xBB\xBF\n<a/>"s, "\xFF\xFE<\0"s, "\xFE\xFF\0<"s})
    CHECK(begins_as_xml(bytes));
  for (const std::string& bytes : {""s, " "s, "a<"s, "\0<"s, "\xEF\xBB\xBF"s, "\xBB\xBF<"s})
    CHECK_FALSE(begins_as_xml(bytes));
}

}  // namespace vtp
