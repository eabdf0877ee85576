#include "lib/signature/layout.h"

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

const std::string packet = std::string("\xC2\x05") + "abcde";
const std::string armour =
    "-----BEGIN PGP SIGNATURE-----\n\nwgVhYmNkZQ==\n=AbCd\n-----END PGP SIGNATURE-----\n";
const std::string comment =
    "<!--\n=====BEGIN PGP SIGNATURE=====\n\nwgVhYmNkZQ==\n=AbCd\n=====END PGP SIGNATURE=====\n-->";

std::string root_of(const std::string& document) {
  const auto parts = parts_of(document);
  return parts ? std::string(parts->root) : "none";
}

std::string packets_in(const std::string& document) {
  const auto found = find_signatures(document);
  return found ? found->packets : "none";
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
    CHECK(found->packets == packet);
    CHECK_FALSE(found->with_declaration);
    std::string scratch;
    CHECK(found->signed_bytes(scratch) == root_of(event));
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

TEST_CASE("several signatures are found, among other comments") {
  const std::string event = valid_event("ivo://a.b/c#d");
  CHECK(packets_in(event + comment + "\n<!-- a --><?b c?>" + comment) == packet + packet);
}

TEST_CASE("a signature that cannot be read is there, without packets") {
  const std::string event = valid_event("ivo://a.b/c#d");
  CHECK(packets_in(event + "<!--=====BEGIN PGP SIGNATURE=====-->").empty());
  CHECK(packets_in(event + "<!--=====BEGIN PGP SIGNATURE=====\n\nyAVhYmNkZQ==\n=====END PGP "
                           "SIGNATURE=====-->")
            .empty());  // a compressed packet
}

TEST_CASE("signatures longer than the limit are not read") {
  const std::string event = valid_event("ivo://a.b/c#d");
  std::string many = event;
  std::size_t count = 0;
  for (; (count + 1) * (comment.size() - 7) <= longest_armour; ++count)
    many += comment;
  CHECK(packets_in(many).size() == count * packet.size());
  CHECK(packets_in(many + comment).empty());
}

TEST_CASE("the form of 2014 is read: carets for dashes, with the declaration signed") {
  const std::string declaration = "<?xml version='1.0' encoding='UTF-8'?>";
  const std::string document = declaration +
                               "\n<!-- a -->\n<VOEvent/>\n<!-- b --><!--\n"
                               "^^^^^BEGIN PGP SIGNATURE^^^^^\nVersion: GnuPG v1.4.12^0\n\n"
                               "wgVhYmNkZQ==\n=AbCd\n^^^^^END PGP SIGNATURE^^^^^\n\n-->";
  const auto found = find_signatures(document);
  REQUIRE(found);
  CHECK(found->packets == packet);
  std::string scratch;
  CHECK(found->signed_bytes(scratch) == declaration + "<VOEvent/>");
}

TEST_CASE("of two forms in one document, that of the first signature counts") {
  const std::string carets =
      "<!--^^^^^BEGIN PGP SIGNATURE^^^^^\n\nwgVhYmNkZQ==\n^^^^^END PGP SIGNATURE^^^^^-->";
  CHECK_FALSE(find_signatures("<VOEvent/>" + comment + carets)->with_declaration);
  CHECK(packets_in("<VOEvent/>" + comment + carets) == packet);
  CHECK(find_signatures("<VOEvent/>" + carets + comment)->with_declaration);
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
