#include "lib/voevent/fast_path.h"

#include <string>

#include "lib/stream/source.h"
#include "lib/voevent/acceptance.h"
#include "lib/voevent/headline.h"
#include "tests/support/catch.h"
#include "tests/support/fast_path_agrees.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using namespace std::string_literals;

constexpr const char* ivorn = "ivo://a.b/c#1";

bool is_plain(const std::string& children) {
  return plain_event(event_with(ivorn, children)).has_value();
}

// Whether Checker finds that a broker may relay it.
bool is_relayable(const std::string& document) {
  Checker checker;
  return judge_from_upstream(checker.check_in_full(document), document).acceptance ==
         Acceptance::accept;
}

// Empty if the fast path and the parser agree on the document.
std::string disagreement(const std::string& document) {
  if (plain_event(document) && !is_relayable(document)) return "not relayable: " + document;
  return test::content_difference(document);
}

// Wants the content, and does nothing with it.
class Nothing : public XmlHandler {
  bool root(std::string_view, std::string_view) override { return true; }
  void start(const Tag&) override {}
  void text(std::string_view, bool) override {}
  void end() override {}
};

}  // namespace

TEST_CASE("plain events are told with their ivorn and role") {
  for (const std::string& event : {valid_event(ivorn), old_event(ivorn)}) {
    Checker checker;
    const auto plain = plain_event(event);
    REQUIRE(plain);
    CHECK(plain->ivorn == ivorn);
    CHECK(plain->role == checker.check_in_full(event).headline.role);
  }
  for (const char* name : {"example.xml", "full-2.0.xml", "full-2.1.xml"})
    CHECK(plain_event(*read_file(VTP_TEST_DATA + "/"s + name, 100'000)));
}

TEST_CASE("of a plain event that is valid, all is found without a parser") {
  Nothing nothing;
  for (const char* name : {"example.xml", "full-2.0.xml", "full-2.1.xml"}) {
    const std::string event = *read_file(VTP_TEST_DATA + "/"s + name, 100'000);
    INFO(name);
    CHECK(read_plain(event, nothing));
    Checker checker;
    const CheckResult quick = checker.check(event);
    const CheckResult& full = checker.check_in_full(event);
    CHECK(quick.verdict == Verdict::valid);
    CHECK(full.verdict == Verdict::valid);
    CHECK(quick.headline == full.headline);
  }
}

TEST_CASE("what is not written as it is read, or not known by name, is left to a parser") {
  Nothing nothing;
  const auto plain = [&](const std::string& children) {
    return read_plain(event_with(ivorn, children), nothing);
  };
  CHECK(plain("<What><Param name='a' value='b'/>text<![CDATA[ &amp; ]]></What>"));
  CHECK(plain("<What xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:type='a'/>"));
  CHECK_FALSE(plain("<What>a &amp; b</What>"));
  CHECK_FALSE(plain("<What>a\r\nb</What>"));
  CHECK_FALSE(plain("<Param name='a &lt; b'/>"));
  CHECK_FALSE(plain("<Param name='a\nb'/>"));
  CHECK_FALSE(plain("<Param name='a\tb'/>"));
  CHECK_FALSE(plain("<Unknown/>"));
  CHECK_FALSE(plain("<What unknown=''/>"));
  CHECK_FALSE(plain("<What xmlns=''/>"));
}

TEST_CASE("the plain parts of XML are known") {
  for (const char* children :
       {"", "text & <a/>", "&lt;&gt;&amp;&apos;&quot;&#65;&#x1F600;", "<!-- a comment - this -->",
        "<![CDATA[ <&]] ]]>", "<a b='1' c=\"2\"\n d = '>' />", "<a>\xC3\xA9\xF0\x9F\x98\x80</a>",
        "<p:a xmlns:p='http://a.b/c'><p:d p:e='' e=''/></p:a>",
        "<a xmlns='http://a.b/c'><b xmlns=''/></a>", "<a>]] &gt; - \" '</a>"}) {
    INFO(children);
    CHECK(is_plain(children) == (children != "text & <a/>"s));
    CHECK((!is_plain(children) || is_relayable(event_with(ivorn, children))));
  }
}

TEST_CASE("what is not well-formed is not plain") {
  for (const std::string& children :
       {"<a>"s,
        "</a>"s,
        "<a></b>"s,
        "<a></aa>"s,
        "<a b='1'c='2'/>"s,
        "<a b='1' b='2'/>"s,
        "<a b/>"s,
        "<a b=1/>"s,
        "<a b='<'/>"s,
        "<a b='&'/>"s,
        "& "s,
        "&#0;"s,
        "&#xD800;"s,
        "&#xFFFE;"s,
        "&none;"s,
        "&#;"s,
        "]]>"s,
        "<!-- a -- b -->"s,
        "<!-- a"s,
        "<!-- a --->"s,
        "<![CDATA[ a"s,
        "\x01"s,
        "\0"s,
        "\xC3"s,
        "\xC0\x80"s,
        "\xE0\x80\x80"s,
        "\xED\xA0\x80"s,
        "\xEF\xBF\xBE"s,
        "\xF4\x90\x80\x80"s,
        "\xFF"s,
        "\x80"s,
        "<p:a/>"s,
        "<a p:b=''/>"s,
        "<a xmlns:p=''/>"s,
        "<a:b:c/>"s,
        "<:a/>"s,
        "<a:/>"s,
        "<1a/>"s,
        "<p:a xmlns:p='http://a.b/c'/><p:b/>"s,
        "<a xmlns:xmlns='http://a.b/c'/>"s,
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>"s,
        "<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>"s,
        "<a xmlns:xml='http://a.b/c'/>"s,
        "<p:a xmlns:p='http://a.b/c' xmlns:q='http://a.b/c' p:d='' q:d=''/>"s,
        "< a/>"s,
        "<a / >"s}) {
    INFO(children);
    CHECK_FALSE(is_plain(children));
    CHECK_FALSE(is_relayable(event_with(ivorn, children)));
  }
  const std::string event = valid_event(ivorn);
  CHECK_FALSE(plain_event(""));
  CHECK_FALSE(plain_event(event + "x"));
  CHECK_FALSE(plain_event(event + "<a/>"));
  CHECK_FALSE(plain_event(event + "\0"s));
  CHECK_FALSE(plain_event(" " + event));
  for (std::size_t size = 0; size < event.size(); ++size)
    CHECK_FALSE(plain_event(std::string_view(event).substr(0, size)));
}

TEST_CASE("what goes beyond the plain parts is in doubt") {
  std::string deep;
  for (int i = 0; i < 100; ++i)
    deep = "<a>" + deep + "</a>";
  std::string wide = "<a";
  for (int i = 0; i < 100; ++i)
    wide += " b" + std::to_string(i) + "=''";
  for (const std::string& children :
       {"<?target data?>"s, "<\xC3\xA9/>"s, "<a xml:lang='en'/>"s, "<a xmlns='urn:x'/>"s, deep,
        wide + "/>", "<a>" + std::string(2'000'000, 'x') + "</a>"}) {
    CHECK_FALSE(is_plain(children));
    CHECK(is_relayable(event_with(ivorn, children)));
  }
}

TEST_CASE("a long name, ivorn or role is in doubt") {
  const std::string name(1000, 'x');
  CHECK(is_plain("<" + name + " " + name + "=''/>"));
  CHECK_FALSE(is_plain("<" + name + "x/>"));
  CHECK_FALSE(is_plain("<a " + name + "x=''/>"));
  CHECK_FALSE(is_plain("<a xmlns:" + name + "x='http://a.b/c'/>"));
  const std::string ns = " xmlns='http://www.ivoa.net/xml/VOEvent/v2.0'";
  const std::string text(longest_headline_text, 'x');
  CHECK(plain_event("<VOEvent" + ns + " ivorn='" + text + "' role='" + text + "'/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn='" + text + "x'/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn='x' role='" + text + "x'/>"));
}

TEST_CASE("what libxml2 finds too long is not relayed") {
  const std::string name(60'000, 'x');
  const std::string event = event_with(ivorn, "<" + name + "/>");
  CHECK_FALSE(plain_event(event));
  CHECK_FALSE(is_relayable(event));
}

TEST_CASE("what is no event, or has no plain ivorn and role, is in doubt") {
  const std::string ns = " xmlns='http://www.ivoa.net/xml/VOEvent/v2.0'";
  const std::string event = "<VOEvent" + ns + " ivorn='x'/>";
  REQUIRE(plain_event(event));
  CHECK(plain_event(event)->ivorn == "x");
  CHECK(plain_event(event)->role == "observation");
  CHECK_FALSE(plain_event("<VOEvent" + ns + "/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn=''/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn=' x'/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn='x&amp;y'/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn='x' role=' test'/>"));
  CHECK_FALSE(plain_event("<VOEvent" + ns + " ivorn='x' role='te&#115;t'/>"));
  CHECK_FALSE(plain_event("<VOEvent ivorn='x'/>"));
  CHECK_FALSE(plain_event("<Event" + ns + " ivorn='x'/>"));
  CHECK_FALSE(plain_event("<VOEvent xmlns='http://www.ivoa.net/xml/VOEvent/v3.0' ivorn='x'/>"));
}

TEST_CASE("a declaration is plain if it leaves no doubt of the encoding") {
  const std::string rest = "<VOEvent xmlns='http://www.ivoa.net/xml/VOEvent/v2.0' ivorn='x'/>";
  for (const char* declaration :
       {"<?xml version='1.0'?>", "<?xml version=\"1.0\" ?>",
        "<?xml version = '1.0' encoding='utf-8'?>\n", "<?xml version='1.0' standalone='yes'?>",
        "<?xml version='1.0' encoding='UTF-8' standalone='no' ?><!-- x -->"})
    CHECK(plain_event(declaration + rest));
  for (const char* declaration :
       {"<?xml?>", "<?xml ?>", "<?xml version='1.1'?>", "<?xml encoding='UTF-8'?>",
        "<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.0'encoding='UTF-8'?>",
        "<?xml version='1.0' encodings='UTF-8'?>", "<?xml version='1.0' standalone='maybe'?>",
        "<?xml version='1.0' x='y'?>", "<?xml version='1.0' encoding='UTF-8'>",
        "<?xmlx version='1.0'?>", "<!DOCTYPE VOEvent>", "\xEF\xBB\xBF"})
    CHECK_FALSE(plain_event(declaration + rest));
}

TEST_CASE("a declaration that is not whole is not plain") {
  const std::string event = valid_event(ivorn);
  const std::string root = event.substr(event.find("?>"));
  for (const char* declaration :
       {"<?xml version='1.0' encoding=", "<?xml version='1.0' encoding",
        "<?xml version='1.0' standalone=", "<?xml version='1.0' encoding='UTF-8' standalone=",
        "<?xml version=", "<?xml ", "<?xml", "<?xml version='1.0' encoding= standalone='yes'",
        "<?xml version='1.0'encoding='UTF-8'", "<?xml encoding='UTF-8'",
        "<?xml version='1.0' standalone='yes' encoding='UTF-8'",
        "<?xml version='1.0' encoding='UTF-8' encoding='UTF-8'",
        "<?xml version='1.0' standalone=''"}) {
    INFO(declaration);
    CHECK_FALSE(plain_event(declaration + root));
    CHECK_FALSE(is_relayable(declaration + root));
  }
  for (const char* declaration :
       {"<?xml version='1.0'", "<?xml\tversion = \"1.0\"\n", "<?xml version='1.0' standalone='no' ",
        "<?xml version='1.0' encoding=\"utf-8\"  standalone='yes'"}) {
    INFO(declaration);
    CHECK(plain_event(declaration + root));
    CHECK(is_relayable(declaration + root));
  }
}

TEST_CASE("the fast path and the parser agree on an event with each piece left out or doubled") {
  const std::string event =
      "<?xml version='1.0' encoding='UTF-8' standalone='yes'?><!-- a -->\n"
      "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' xmlns:b='http://a.b/c' "
      "version='2.0' role=\"test\" ivorn='ivo://a.b/c#1'><!-- b --><Who b:x='1&#65;'/><What>"
      "<Param name='a' value='1'/><b:d xmlns='http://d'>&lt;&#x41;<![CDATA[ c ]]></b:d >\n"
      "</What></v:VOEvent>\n<!-- e -->";
  REQUIRE(plain_event(event));
  REQUIRE(disagreement(event).empty());
  constexpr std::size_t longest = 24;
  std::string first;
  for (std::size_t from = 0; from < event.size(); ++from)
    for (std::size_t size = 1; size <= longest && from + size <= event.size(); ++size) {
      const std::string piece = event.substr(from, size);
      for (const std::string& between : {std::string(), piece + piece, piece + " " + piece}) {
        const std::string found =
            disagreement(event.substr(0, from) + between + event.substr(from + size));
        if (first.empty()) first = found;
      }
    }
  CHECK(first == "");
}

TEST_CASE("the fast path and the parser agree on an event with any byte put in or exchanged") {
  const std::string event =
      "<?xml version='1.0' encoding='UTF-8'?>"
      "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' ivorn='ivo://a.b/c'>"
      "<!-- a --><What b='&#x41;'>&lt;<![CDATA[c]]></What ></v:VOEvent>";
  REQUIRE(plain_event(event));
  std::string first;
  for (std::size_t at = 0; at < event.size(); ++at)
    for (int byte = 0; byte < 256; ++byte)
      for (const std::size_t left_out : {std::size_t{0}, std::size_t{1}}) {
        const std::string found = disagreement(event.substr(0, at) + static_cast<char>(byte) +
                                               event.substr(at + left_out));
        if (first.empty()) first = found;
      }
  CHECK(first == "");
}

}  // namespace vtp
