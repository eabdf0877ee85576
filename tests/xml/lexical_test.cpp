#include "lib/xml/lexical.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a name has no colon, and begins with a letter or an underscore") {
  for (const char* name : {"a", "_", "UTC-FK5.GEO_1", "été", "Ω", "中"}) {
    INFO(name);
    CHECK(is_ncname(name));
  }
  for (const char* name : {"", " ", "a b", " a", "a:b", "1a", "-a", ".a", "a/b", "·a", "😀"}) {
    INFO(name);
    CHECK_FALSE(is_ncname(name));
  }
  CHECK_FALSE(is_ncname(std::string_view("a\0b", 3)));
}

TEST_CASE("an identifier of the usual form is a URI reference") {
  for (const char* uri :
       {"ivo://example.org/stream#local", "http://example.org", "", "relative/path",
        "http://example.org/a?b=c&d#e", "mailto:a@example.org", "urn:a:b", "http://[::1]:80/",
        "http://user:word@host:80/", "//host", "#here"}) {
    INFO(uri);
    CHECK(is_uri_reference(uri));
  }
}

TEST_CASE("what a URI has to escape counts as escaped") {
  for (const char* uri : {"a b", "<a>", "{a}", "a|b", "a\\b", "a^b", "`", "é", "a\"b", "a\x01"}) {
    INFO(uri);
    CHECK(is_uri_reference(uri));
  }
}

TEST_CASE("a URI reference has one fragment, whole escapes, and brackets only around an address") {
  for (const char* uri : {"a#b#c", "##", "%", "a%2", "%zz", "a[b]", "http://[::1", "http://a:b/",
                          "1a:b", ":", "http://u@h@i/"}) {
    INFO(uri);
    CHECK_FALSE(is_uri_reference(uri));
  }
}

}  // namespace vtp
