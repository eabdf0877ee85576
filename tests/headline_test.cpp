#include "lib/headline.h"

#include <vector>

#include "tests/catch.h"

namespace vtp {
namespace {

void open(HeadlineReader& reader, std::initializer_list<Name> names) {
  for (const Name name : names)
    reader.start({.name = name, .local_name = text_of(name).data(), .attributes = {}});
}
void close(HeadlineReader& reader, int count) {
  for (; count > 0; --count)
    reader.end();
}

constexpr Name root = known_name("VOEvent");
constexpr Name who = known_name("Who");
constexpr Name author = known_name("AuthorIVORN");

}  // namespace

TEST_CASE("a role that is not said is observation") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root});
  CHECK(headline.role == "observation");
  CHECK(headline.ivorn.empty());
}

TEST_CASE("text in pieces is put together and trimmed") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root, who, author});
  reader.text("\n ivo://a");
  reader.text("/b ");
  close(reader, 3);
  CHECK(headline.author == "ivo://a/b");
}

TEST_CASE("a long text is cut") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  const std::string text(longest_headline_text, 'x');
  TagAttribute role;
  role.name = known_name("role");
  role.local_name = "role";
  const std::string more = text + "yz";
  role.raw_value = more;
  reader.start({.name = root, .local_name = "VOEvent", .attributes = {&role, 1}});
  open(reader, {who, author});
  reader.text(text);
  reader.text(" ");
  close(reader, 2);
  CHECK(headline.author == text);
  CHECK(headline.role == text + "\u2026");
}

TEST_CASE("elements out of their place are passed over") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root, known_name("What"), who, author});
  reader.text("not this");
  close(reader, 3);
  open(reader, {who, author});
  reader.text("this");
  open(reader, {author});
  reader.text("nor that");
  close(reader, 4);
  CHECK(headline.author == "this");
}

TEST_CASE("the first of several counts") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root});
  for (const char* text : {"first", "second"}) {
    open(reader, {who, author});
    reader.text(text);
    close(reader, 2);
  }
  CHECK(headline.author == "first");
}

TEST_CASE("only a whole finite number is one") {
  const auto read = [](const char* text) {
    Headline headline;
    HeadlineReader reader;
    reader.reset(headline);
    open(reader, {root, known_name("WhereWhen"), known_name("ObsDataLocation"),
                  known_name("ObservationLocation"), known_name("AstroCoords"),
                  known_name("Position2D"), known_name("Value2"), known_name("C1")});
    reader.text(text);
    close(reader, 8);
    return headline.ra;
  };
  CHECK(read(" 12.5\n") == 12.5);
  CHECK(read("+1e2") == 100.0);
  for (const char* text : {"", "x", "1 2", "1e", "NaN", "INF", "1e400", "0x1"}) {
    INFO(text);
    CHECK_FALSE(read(text).has_value());
  }
}

}  // namespace vtp
