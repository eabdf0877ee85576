#include "lib/signature/layout.h"

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

const std::string packet = std::string("\xC2\x05\x04\x00\x16\x0A\x00", 7);
const std::string armour =
    "-----BEGIN PGP SIGNATURE-----\n\nwgUEABYKAA==\n=AbCd\n-----END PGP SIGNATURE-----\n";
const std::string comment =
    "<!--\n=====BEGIN PGP SIGNATURE=====\n\nwgUEABYKAA==\n=AbCd\n=====END PGP SIGNATURE=====\n-->";

std::string root_of(const std::string& document) {
  const auto parts = parts_of(document);
  return parts ? std::string(parts->root) : "none";
}

std::string packets_in(const std::string& document) {
  const auto found = find_signatures(document);
  if (!found) return "none";
  std::string packets;
  for (const FoundSignature& each : found->signatures)
    packets += each.packet;
  return packets;
}

// One of signatures that differ in their last byte.
std::string numbered_packet(char number) { return packet.substr(0, packet.size() - 1) + number; }

std::string numbered(char number) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto value = static_cast<std::size_t>(number);
  std::string text = comment;
  text.replace(text.find("AA=="), 2, {digits[value >> 2], digits[(value & 3) << 4]});
  return text;
}

}  // namespace

TEST_CASE("the root is from its first < to its last >, whatever is around it and in it") {
  const std::string root =
      "<v:VOEvent a='>' b=\"'>/\" xmlns:v='u'><a/><b></b><!-- </v:VOEvent> --><c "
      "/><![CDATA[</v:VOEvent>]]><?d </v:VOEvent>?></v:VOEvent>";
  for (const std::string before :
       {"", "<?xml version='1.0'?>", "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?>\n",
        "<!-- <a> --><?b <c/>?>\n\n", " \n"})
    for (const std::string behind : {"", "\n", "<!-- <a> -->", "<?b <?c ?>\n", "<!-- a --><?b c?>"})
      CHECK(root_of(before + root + behind) == root);
  CHECK(root_of("<VOEvent/>") == "<VOEvent/>");
  CHECK(root_of("<VOEvent a='/'></VOEvent >\n") == "<VOEvent a='/'></VOEvent >");
}

TEST_CASE("there is no root in what is no document, or has a document type declaration") {
  for (const char* other :
       {"", "x", "<", "<a", "<a>", "<a><b></a>", "<!DOCTYPE a><a/>", "</a>", "<!-- a",
        "<?xml version='1.0'", "<a b='></a>", "<a><!-- </a>", "<a><!ENTITY></a>"})
    CHECK(root_of(other) == "none");
}

TEST_CASE("there is no root in an encoding in which bytes of ASCII may mean something else") {
  for (const char* plain : {"UTF-8", "utf8", "US-ASCII", "iso-8859-1", "ISO-8859-15"})
    CHECK(root_of("<?xml version='1.0' encoding='" + std::string(plain) + "'?><a/>") == "<a/>");
  for (const char* other : {"UTF-7", "ISO-2022-JP", "Shift_JIS", "UTF-16", "EBCDIC-US", "", "x"})
    CHECK(root_of("<?xml version=\"1.0\" encoding = \"" + std::string(other) + "\"?><a/>") ==
          "none");
  CHECK(root_of(std::string("\xFF\xFE<\0a\0/\0>\0", 10)) == "none");
  CHECK(root_of(std::string("<\0a\0/\0>\0", 8)) == "none");
  CHECK(root_of("<?xml encoding?><a/>") == "none");
}

TEST_CASE("a signature is put behind the root, and found there; no other byte is changed") {
  const std::string event = valid_event("ivo://a.b/c#d");
  for (const std::string behind : {"", "\n", "\n<!-- a -->\n", "<?b c?>"}) {
    const auto made = with_signature(event + behind, armour);
    REQUIRE(made);
    CHECK(*made == event + comment + behind);
    const auto found = find_signatures(*made);
    REQUIRE(found);
    REQUIRE(found->signatures.size() == 1);
    CHECK(found->signatures.front().packet == packet);
    CHECK_FALSE(found->signatures.front().with_declaration);
    std::string scratch;
    CHECK(found->signed_bytes(found->signatures.front(), scratch) == root_of(event));
  }
}

TEST_CASE("an event without a signature behind its root has none") {
  const std::string event = valid_event("ivo://a.b/c#d");
  for (const std::string& other :
       {event, event + "\n", event + "<!-- a -->", event + "<?a ?>", comment + event,
        event_with("ivo://a.b/c#d", comment), event + "<!-- " + armour.substr(5) + "-->",
        event + "<?a " + comment + "?>", std::string(comment), std::string("-->"), std::string()})
    CHECK_FALSE(find_signatures(other));
}

TEST_CASE("the quick look goes by what is behind the root only") {
  const std::string event = valid_event("ivo://a.b/c#d");
  CHECK_FALSE(may_be_signed(event));
  CHECK_FALSE(may_be_signed(event + "<!-- a -->\n<!-- b -->\n"));
  CHECK(may_be_signed(event + comment));
  CHECK(may_be_signed(event + comment + "\n<!-- a -->\n"));
  CHECK(may_be_signed(event + "<?a ?>"));  // cannot be told from the end
}

TEST_CASE("several signatures are found, among other comments, each once") {
  const std::string event = valid_event("ivo://a.b/c#d");
  CHECK(packets_in(event + comment + "\n<!-- a --><?b c?>" + numbered(1)) ==
        packet + numbered_packet(1));
  CHECK(packets_in(event + comment + comment) == packet);
}

TEST_CASE("of many signatures, as many as the limit are found; others do not count against it") {
  const std::string event = valid_event("ivo://a.b/c#d");
  const std::string unreadable = "<!--=====BEGIN PGP SIGNATURE=====-->";
  std::string document = event;
  for (char i = 0; i < 20; ++i)
    document += unreadable + numbered(1);
  std::string packets = numbered_packet(1);
  for (char i = 2; i <= static_cast<char>(most_signatures); ++i) {
    document += numbered(i);
    packets += numbered_packet(i);
  }
  CHECK(find_signatures(document)->signatures.size() == most_signatures);
  CHECK(packets_in(document) == packets);
  CHECK(packets_in(document + comment) == packets);
}

TEST_CASE("a signature that cannot be read is there, without packets") {
  const std::string event = valid_event("ivo://a.b/c#d");
  CHECK(packets_in(event + "<!--=====BEGIN PGP SIGNATURE=====-->").empty());
  CHECK(packets_in(event + "<!--=====BEGIN PGP SIGNATURE=====\n\nyAVhYmNkZQ==\n=====END PGP "
                           "SIGNATURE=====-->")
            .empty());  // a compressed packet
}

TEST_CASE("a comment that is longer than the limit is not read, and the next one is") {
  const std::string event = valid_event("ivo://a.b/c#d");
  const std::string end = "-->";
  std::string longest = comment;
  longest.insert(longest.size() - end.size(), longest_armour + 7 - comment.size(), ' ');
  CHECK(packets_in(event + longest) == packet);
  longest.insert(longest.size() - end.size(), 1, ' ');
  CHECK(packets_in(event + longest).empty());
  CHECK(packets_in(event + longest + numbered(1)) == numbered_packet(1));
}

TEST_CASE("the form of 2014 is read: carets for dashes, with the declaration signed") {
  const std::string declaration = "<?xml version='1.0' encoding='UTF-8'?>";
  const std::string document = declaration +
                               "\n<!-- a -->\n<VOEvent/>\n<!-- b --><!--\n"
                               "^^^^^BEGIN PGP SIGNATURE^^^^^\nVersion: GnuPG v1.4.12^0\n\n"
                               "wgUEABYKAA==\n=AbCd\n^^^^^END PGP SIGNATURE^^^^^\n\n-->";
  const auto found = find_signatures(document);
  REQUIRE(found);
  REQUIRE(found->signatures.size() == 1);
  CHECK(found->signatures.front().packet == packet);
  std::string scratch;
  CHECK(found->signed_bytes(found->signatures.front(), scratch) == declaration + "<VOEvent/>");
}

TEST_CASE("each signature has the form of its own armour") {
  const std::string carets =
      "<!--^^^^^BEGIN PGP SIGNATURE^^^^^\n\nwgUEABYKAA==\n^^^^^END PGP SIGNATURE^^^^^-->";
  const auto found = find_signatures("<VOEvent/>" + carets + comment);
  REQUIRE(found);
  REQUIRE(found->signatures.size() == 2);
  CHECK(found->signatures.front().with_declaration);
  CHECK_FALSE(found->signatures.back().with_declaration);
}

TEST_CASE("what cannot be signed is refused with the reason") {
  const std::string event = valid_event("ivo://a.b/c#d");
  CHECK(obstacle_to_signing(event).empty());
  CHECK(with_signature(event + comment, armour).problem() == "it is already signed");
  CHECK(with_signature("<?xml version='1.0' encoding='UTF-7'?><VOEvent/>", armour).problem() ==
        "only events in UTF-8, US-ASCII or ISO-8859 can be signed");
  CHECK(with_signature(event, "x").problem() == "the signature is not ASCII armour");
}

}  // namespace vtp
