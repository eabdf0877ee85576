#include "lib/store/digest_page.h"

#include "tests/support/catch.h"

namespace vtp {

using Rows = std::vector<std::int64_t>;

TEST_CASE("a page has the entries that it was made of") {
  const std::vector<DigestEntry> entries = {
      {0, 2}, {7, 3}, {7, 9}, {0xFF'FFFF'FFFF, 0xFF'FFFF'FFFE}};
  CHECK(entries_of(page_of(entries)) == entries);
  CHECK(entries_of(page_of({})).empty());
  CHECK(page_of({}).size() == page_of(entries).size());
}

TEST_CASE("a page can be full") {
  std::vector<DigestEntry> entries;
  for (std::size_t i = 0; i < page_capacity; ++i)
    entries.push_back({i, static_cast<std::int64_t>(i)});
  const std::string page = page_of(entries);
  CHECK(entries_of(page) == entries);
  CHECK(rows_with(page, page_capacity - 1) == Rows{page_capacity - 1});
}

TEST_CASE("all rows with a digest are found, and no others") {
  const std::string page = page_of({{3, 30}, {5, 50}, {5, 51}, {0xFF'FFFF'FFFF, 9}});
  CHECK(rows_with(page, 3) == Rows{30});
  CHECK(rows_with(page, 5) == Rows{50, 51});
  CHECK(rows_with(page, 0xFF'FFFF'FFFF) == Rows{9});
  CHECK(rows_with(page, 0).empty());
  CHECK(rows_with(page, 4).empty());
  CHECK(rows_with(page, 6).empty());
  CHECK(rows_with(page_of({}), 0xFF'FFFF'FFFF).empty());
}

TEST_CASE("a filter never denies what is there, and most of what is not") {
  std::vector<DigestEntry> entries;
  for (int i = 0; i < 389; ++i)
    entries.push_back({prefix_of(digest_of(std::to_string(i))), i});
  const DigestFilter filter(entries);
  int passed = 0;
  for (int i = 0; i < 10'389; ++i)
    passed += filter.may_have(prefix_of(digest_of(std::to_string(i))));
  CHECK(passed >= 389);
  CHECK(passed < 389 + 1500);
  CHECK_FALSE(DigestFilter().may_have(0));
}

TEST_CASE("the form of a page on disk") {
  const std::string page = page_of({{0x01'0203'0405, 0x0A}});
  CHECK(page.substr(0, 10) == std::string("\1\2\3\4\5\0\0\0\0\12", 10));
  CHECK(page.substr(10, 4040) == std::string(4040, '\xFF'));
  CHECK(page.substr(4050) == std::string("\x7B\x55\x07\x40", 4));
}

TEST_CASE("a page that has changed in any byte is not sound") {
  std::string page = page_of({{3, 30}, {5, 50}});
  CHECK(is_sound(page));
  for (char& byte : page) {
    byte = static_cast<char>(byte ^ 1);
    REQUIRE_FALSE(is_sound(page));
    byte = static_cast<char>(byte ^ 1);
  }
  CHECK_FALSE(is_sound(std::string(page.size(), '\0')));
  CHECK_FALSE(is_sound(""));
  CHECK_FALSE(is_sound(page.substr(0, page.size() - 1)));
}

TEST_CASE("a page of an earlier version has no checksum") {
  const std::string page = page_of({{3, 30}, {5, 50}}).substr(0, 4050);
  CHECK(is_sound(page));
  CHECK(entries_of(page) == entries_of(page_of({{3, 30}, {5, 50}})));
  CHECK(is_sound(page_of({}).substr(0, 4050)));
  CHECK_FALSE(is_sound(std::string(4050, '\0')));
}

TEST_CASE("a digest is filed under its first bytes") {
  CHECK(prefix_of(digest_of("")) == 0xE3'B0C4'4298);
}

}  // namespace vtp
