#include "lib/net/allow_list.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

std::vector<Allowed> list_of(std::initializer_list<const char*> entries) {
  std::vector<Allowed> list;
  for (const char* entry : entries)
    list.push_back(Allowed::parse(entry).value());
  return list;
}

bool lets_in(const std::vector<Allowed>& list, const char* address) {
  return any_contains(ranges_in(list), asio::ip::make_address(address));
}

constexpr std::chrono::seconds timeout{60};

}  // namespace

TEST_CASE("an entry is a range, an address, or a host's name") {
  for (const char* range : {"127.0.0.0/8", "192.0.2.7", "::1", "2001:db8::/32"})
    CHECK_FALSE(Allowed::parse(range)->is_name);
  for (const char* name : {"localhost", "a.example.org", "a.example.org.", "3com.example", "face"})
    CHECK(Allowed::parse(name)->is_name);
}

TEST_CASE("what was meant as an address is never taken for a name") {
  for (const char* wrong : {"", ".", "192.0.2", "192.0.2.256", "0x7f", "10.0.0.0/33", "1", "a..1",
                            "a b", "a/8", "10.0.0.0/8,x", "a_b.-c", "http://a.b", "::g"})
    CHECK_FALSE(Allowed::parse(wrong));
  CHECK(Allowed::parse("192.0.2.256").problem() ==
        "192.0.2.256 is not an address range such as 192.0.2.0/24 or 2001:db8::/32");
  CHECK(Allowed::parse("a b").problem() == "a b is neither a host name nor an address");
  CHECK(Allowed::parse("10.0.0.1/8").problem() ==
        "10.0.0.1/8: the address has bits set beyond its first 8");
}

TEST_CASE("a name lets in all of its addresses, once it is looked up") {
  auto list = list_of({"192.0.2.0/24", "localhost"});
  CHECK(text_of(list) == "192.0.2.0/24, localhost (not resolved)");
  CHECK(lets_in(list, "192.0.2.7"));
  CHECK_FALSE(lets_in(list, "127.0.0.1"));
  CHECK(look_up(list, timeout).empty());
  CHECK(lets_in(list, "192.0.2.7"));
  CHECK(lets_in(list, "127.0.0.1"));
  CHECK_FALSE(lets_in(list, "127.0.0.2"));
  CHECK(text_of(list).find("127.0.0.1") != std::string::npos);
}

TEST_CASE("a name that cannot be resolved lets nobody in, or whom it let in before") {
  const auto starts = [](const std::string& text, const std::string& start) {
    return text.starts_with(start);
  };
  auto list = list_of({"name.invalid", "localhost"});
  const auto problems = look_up(list, timeout);
  REQUIRE(problems.size() == 1);
  CHECK(starts(problems[0], "cannot resolve name.invalid: "));
  CHECK(problems[0].ends_with("; no peer is allowed by that name"));
  CHECK(lets_in(list, "127.0.0.1"));

  std::vector<Allowed> before = list_of({"name.invalid"});
  before[0].ranges = {AddressRange::parse("192.0.2.7").value()};
  before[0].addresses = "192.0.2.7";
  list = list_of({"name.invalid"});
  const auto again = look_up(list, timeout, before);
  REQUIRE(again.size() == 1);
  CHECK(again[0].ends_with("; its previous addresses stay allowed"));
  CHECK(lets_in(list, "192.0.2.7"));
  CHECK(text_of(list) == "name.invalid (192.0.2.7)");
}

TEST_CASE("of this machine's two addresses, the one that was forgotten is told of") {
  const auto told = [](std::initializer_list<const char*> entries, const char* address) {
    return forgotten_loopback(ranges_in(list_of(entries)), asio::ip::make_address(address));
  };
  CHECK(told({"127.0.0.0/8"}, "::1") ==
        "Local programs connect from 127.0.0.1 or from ::1, but only 127.0.0.1 is allowed; "
        "allow ::1 as well, unless this is intended");
  CHECK(told({"::1"}, "127.0.0.1"));
  CHECK_FALSE(told({"127.0.0.0/8", "::1"}, "::1"));
  CHECK_FALSE(told({"127.0.0.0/8"}, "127.0.0.1"));
  CHECK_FALSE(told({"127.0.0.0/8"}, "2001:db8::1"));
  CHECK_FALSE(told({"192.0.2.0/24"}, "::1"));
}

}  // namespace vtp
