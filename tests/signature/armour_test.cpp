#include "lib/signature/armour.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

const std::string packet = std::string("\xC2\x05") + "abcde";  // in base 64: wgVhYmNkZQ==

std::string armour(const std::string& body, const std::string& marks = "=====") {
  return marks + "BEGIN PGP SIGNATURE" + marks + "\n\n" + body + marks + "END PGP SIGNATURE" +
         marks + "\n";
}

std::string packets_in(const std::string& comment) {
  std::string packets;
  const auto form = form_of_armour(comment);
  return form && add_packets(comment, *form, packets) ? packets : "";
}

}  // namespace

TEST_CASE("armour is known by its first line, in either form") {
  CHECK(form_of_armour(armour("")) == ArmourForm::equals_signs);
  CHECK(form_of_armour("\n  " + armour("", "^^^^^")) == ArmourForm::carets);
  for (const char* other : {"", "a comment", "-----BEGIN PGP SIGNATURE-----",
                            "=====BEGIN PGP MESSAGE=====", "====BEGIN PGP SIGNATURE====",
                            "=====BEGIN PGP SIGNATURE====^", "x =====BEGIN PGP SIGNATURE====="})
    CHECK_FALSE(form_of_armour(other));
}

TEST_CASE("armour is decoded, whatever its headers, checksum and line ends are") {
  for (const char* body : {"wgVhYmNkZQ==\n=AbCd\n", "wgVhYmNkZQ==\n", "wgVh\nYmNk\nZQ==\n",
                           "wgVhYmNkZQ==\r\n=AbCd\r\n", "  wgVhYmNkZQ==\n  =AbCd\n\n"})
    CHECK(packets_in(armour(body)) == packet);
  CHECK(packets_in("\n=====BEGIN PGP SIGNATURE=====\nVersion: GnuPG v1.4.12 (Darwin)\nComment: a\n"
                   "\nwgVhYmNkZQ==\n=AbCd\n=====END PGP SIGNATURE=====\n\n") == packet);
  CHECK(packets_in("^^^^^BEGIN PGP SIGNATURE^^^^^\nVersion: GnuPG v1.4.12^0\\^1 (MingW32)\n\n"
                   "wgVhYmNkZQ==\n=AbCd\n^^^^^END PGP SIGNATURE^^^^^") == packet);
}

TEST_CASE("several signatures in one comment are taken together") {
  CHECK(packets_in(armour("wgVhYmNkZQ==\n") + "\n" + armour("wgVhYmNkZQ==\n")) == packet + packet);
}

TEST_CASE("what is not armour is not decoded") {
  for (const char* body :
       {"wgVhYmNkZQ=\n", "wgVhYmNkZ\n", "wgVhYmNkZQ==A\n", "wg VhYmNkZQ==\n",
        "wgVhYmNkZQ==\n=AbCd\nAAAA\n", "w\xC3\xA9VhYmNkZQ==\n", "wgVhYmNkZQ==\nComment: late\n"})
    CHECK(packets_in(armour(body)).empty());
  CHECK(packets_in("=====BEGIN PGP SIGNATURE=====\n\nwgVhYmNkZQ==\n").empty());
  CHECK(packets_in(armour("wgVhYmNkZQ==\n") + "and more").empty());
  std::string packets;
  CHECK_FALSE(add_packets(armour("wgVhYmNkZQ==\n"), ArmourForm::carets, packets));
}

TEST_CASE("packets are signatures of the old and of the new format, and nothing else") {
  const std::string body(300, 'x');
  CHECK(are_signatures(packet));
  CHECK(are_signatures(packet + packet));
  CHECK(are_signatures(std::string("\x88\x05") + "abcde"));                  // one byte
  CHECK(are_signatures(std::string("\x89\x01\x2C", 3) + body));              // two
  CHECK(are_signatures(std::string("\x8A\x00\x00\x01\x2C", 5) + body));      // four
  CHECK(are_signatures(std::string("\xC2\xC0\x6C", 3) + body));              // two, new
  CHECK(are_signatures(std::string("\xC2\xFF\x00\x00\x01\x2C", 6) + body));  // five, new
  CHECK_FALSE(are_signatures(""));
  CHECK_FALSE(are_signatures(packet.substr(0, 6)));
  CHECK_FALSE(are_signatures(packet + "x"));
  CHECK_FALSE(are_signatures("\xC2"));
  CHECK_FALSE(are_signatures(std::string("\xC2\xC0", 2)));
  CHECK_FALSE(are_signatures("\x8B" + body));                      // of no length
  CHECK_FALSE(are_signatures("\xC2\xE1" + body));                  // in parts
  CHECK_FALSE(are_signatures("\xC8\x05" + std::string("abcde")));  // compressed
  CHECK_FALSE(are_signatures(packet + "\xCB\x05" + "abcde"));      // a literal
  CHECK_FALSE(are_signatures(std::string("\xC2\xFF\xFF\xFF\xFF\xFF", 6) + body));
  CHECK_FALSE(are_signatures("\x02\x05" + std::string("abcde")));
}

TEST_CASE("a signature of another kind than of bytes, or with a broken hash, has a flaw") {
  const auto flaw = [](const std::string& body) {
    return flaw_of_signature("\xC2" + std::string(1, static_cast<char>(body.size())) + body);
  };
  const std::string key(8, 'k');
  CHECK(flaw(std::string("\x04\x00\x16\x0A", 4)).empty());
  CHECK(flaw(std::string("\x06\x00\x16\x08", 4)).empty());
  CHECK(flaw(std::string("\x03\x05\x00tttt", 7) + key + "\x01\x08").empty());
  CHECK(flaw_of_signature(std::string("\x89\x00\x04\x04\x00\x16\x0A", 7)).empty());
  CHECK(flaw("\x04\x01\x16\x0A") == "its signature is one of text, not of these bytes");
  CHECK(flaw("\x03\x05\x01tttt" + key + "\x01\x08") ==
        "its signature is one of text, not of these bytes");
  CHECK(flaw("\x04\x10\x16\x0A") == "its signature is not one of a document");
  CHECK(flaw(std::string("\x04\x00\x01\x02", 4)) ==
        "its signature is made with SHA1, which is broken");
  CHECK(flaw(std::string("\x03\x05\x00tttt", 7) + key + "\x01\x01") ==
        "its signature is made with MD5, which is broken");
  for (const std::string& other :
       {std::string(), std::string("\x04\x00\x16", 3), std::string("abcde"),
        std::string("\x03\x05\x00tttt", 7) + key + "\x01"})
    CHECK(flaw(other) == "its signature cannot be read");
}

TEST_CASE("armour for a comment has no two dashes in a row, and is decoded to the same packets") {
  const std::string from_gnupg =
      "-----BEGIN PGP SIGNATURE-----\nComment: a -- b\nVersion: 1\n\nwgVhYmNkZQ==\n=AbCd\n"
      "-----END PGP SIGNATURE-----\n";
  const std::string inside = armour_in_comment(from_gnupg);
  CHECK(inside ==
        "=====BEGIN PGP SIGNATURE=====\n\nwgVhYmNkZQ==\n=AbCd\n=====END PGP SIGNATURE=====\n");
  CHECK(packets_in(inside) == packet);
  for (const char* other : {"", "x", "-----BEGIN PGP SIGNATURE-----\n\nwgVhYmNkZQ==\n",
                            "-----BEGIN PGP MESSAGE-----\n\nwgVh\n-----END PGP MESSAGE-----\n",
                            "-----BEGIN PGP SIGNATURE-----\n\n--\n-----END PGP SIGNATURE-----\n"})
    CHECK(armour_in_comment(other).empty());
  CHECK(armour_in_comment(from_gnupg + from_gnupg).empty());
}

}  // namespace vtp
