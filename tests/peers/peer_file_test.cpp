#include "lib/peers/peer_file.h"

#include <fstream>
#include <sys/stat.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

const std::string hex64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string sha = "sha256:" + hex64;
const std::string pgp = "pgp:0123456789abcdef0123456789abcdef01234567";

KnownPeer only(const std::string& line) {
  const PeerFile file = parse_peers(line, "f");
  INFO(line);
  CHECK(file.problems == std::vector<std::string>{});
  REQUIRE(file.peers.size() == 1);
  return file.peers.front();
}

// The problems with a file of this text, each without the name of the file and the line.
std::string problem_of(const std::string& line) {
  const PeerFile file = parse_peers(line, "f");
  if (file.problems.empty()) return "none";
  CHECK(file.problems.size() == 1);
  CHECK(file.problems.front().starts_with("f:1: "));
  return file.problems.front().substr(5);
}

}  // namespace

TEST_CASE("a line of the peers file has a name, a key, roles and limits") {
  const KnownPeer pole =
      only("pole " + sha +
           " both ivorn=ivo://pole.example/ ivorn=ivo://south.example/x# rate=10/s,50 "
           "connections=3 filter=\"//What/Param[@name='a b']\"");
  CHECK(pole.name == "pole");
  CHECK(pole.kind == KeyKind::fingerprint);
  CHECK(pole.key == sha);
  CHECK(pole.may_be(Side::author));
  CHECK(pole.may_be(Side::subscriber));
  CHECK(pole.may_send("ivo://pole.example/a#1"));
  CHECK(pole.may_send("ivo://south.example/x#1"));
  CHECK_FALSE(pole.may_send("ivo://north.example/x#1"));
  CHECK(pole.rate == Rate{10, 50});
  CHECK(pole.most_connections == std::size_t{3});
  CHECK(pole.filter == "//What/Param[@name='a b']");
  CHECK(pole.line == 1);
}

TEST_CASE("keys are fingerprints, names of certificates, address ranges, and those that sign") {
  CHECK(only("a sha256:" + std::string(64, 'A') + " author").key ==
        "sha256:" + std::string(64, 'a'));
  CHECK(only("a sha256:AB:cd" + std::string(60, '0') + " author").key ==
        "sha256:abcd" + std::string(60, '0'));
  CHECK(only("a dn:\"CN=a, O=b\" author").key == "dn:CN=a, O=b");
  CHECK(only("a dn:CN=a author").kind == KeyKind::subject);
  CHECK(only("a san:telescope.example author").key == "san:telescope.example");
  CHECK(only("a san:telescope.example author").kind == KeyKind::other_name);
  CHECK(only("a 192.0.2.0/24 author").key == "192.0.2.0/24");
  CHECK(only("a 192.0.2.0/255.255.255.0 author").key == "192.0.2.0/24");
  CHECK(only("a 192.0.2.7 author").range->contains(asio::ip::make_address("192.0.2.7")));
  CHECK(only("a 2001:db8::/32 author").range->contains(asio::ip::make_address("2001:db8::1")));
  CHECK(only("a ::1 author").kind == KeyKind::addresses);
  const KnownPeer signer = only("a " + pgp + " author ivorn=ivo://a.example/");
  CHECK(signer.kind == KeyKind::signing);
  CHECK(only("a pgp:" + hex64 + " author ivorn=ivo://a.example/").key == "pgp:" + hex64);
}

TEST_CASE("roles are author, subscriber, or both") {
  CHECK_FALSE(only("a ::1 author").may_be(Side::subscriber));
  CHECK_FALSE(only("a ::1 subscriber").may_be(Side::author));
  for (const char* both : {"both", "author,subscriber", "subscriber,author"}) {
    CHECK(only("a ::1 " + std::string(both)).may_be(Side::author));
    CHECK(only("a ::1 " + std::string(both)).may_be(Side::subscriber));
  }
}

TEST_CASE("blank lines and comments are skipped, and lines may end as in Windows") {
  const PeerFile file = parse_peers("# all\r\n\r\n  a ::1 author # one\r\n\t\nb ::2 author", "f");
  CHECK(file.problems.empty());
  REQUIRE(file.peers.size() == 2);
  CHECK(file.peers[0].line == 3);
  CHECK(file.peers[1].line == 5);
}

TEST_CASE("a bad name is refused with the reason") {
  const std::string rule = " must be of letters, digits and . _ @ + - only";
  for (const char* name : {"a(b", "a)b", "a/b", "a:b", "a[0]", "ä", "a,b"})
    CHECK(problem_of(std::string(name) + " ::1 author") == "the name " + std::string(name) + rule);
  CHECK(problem_of("\"a b\" ::1 author") == "the name a b" + rule);
  CHECK(problem_of("\"\" ::1 author") == "the name \"\"" + rule);
  CHECK(only(std::string(64, 'a') + " ::1 author").name.size() == 64);
  CHECK(problem_of(std::string(65, 'a') + " ::1 author") ==
        "the name " + std::string(64, 'a') + "… has more than 64 bytes");
}

TEST_CASE("a line that is not complete is refused") {
  CHECK(problem_of("pole") ==
        "there is nothing after the name pole; write NAME KEY ROLES [LIMITS]");
  CHECK(problem_of("pole ::1") ==
        "there are no roles after the key; write NAME KEY ROLES [LIMITS]");
  CHECK(problem_of("pole \"::1") == "a quote (\") has no end");
}

TEST_CASE("a bad key is refused with the reason") {
  const std::string digits = " is not a fingerprint: sha256: and 64 hexadecimal digits";
  CHECK(problem_of("a sha256:12 author") == "sha256:12" + digits);
  CHECK(problem_of("a sha256: author") == "sha256:" + digits);
  CHECK(problem_of("a sha256 author") == "sha256" + digits);
  CHECK(problem_of("a sha256:" + std::string(64, 'g') + " author") ==
        "sha256:" + std::string(64, 'g') + digits);
  CHECK(problem_of("a pgp:01234567 author ivorn=ivo://a.b") ==
        "pgp: needs the 40 (or 64) hexadecimal digits of a key's fingerprint, not a key ID");
  CHECK(problem_of("a dn: author") == "there is no name after dn:");
  CHECK(problem_of("a san:\"\" author") == "there is no name after san:");
  CHECK(problem_of("a unix:/run/x author") ==
        "unix: is not possible here: the permissions of the socket decide about its peers");
  CHECK(problem_of("a telescope.example author") ==
        "telescope.example: a host name is not possible here; write an address, or sha256: and "
        "the fingerprint of its key");
  CHECK(problem_of("a 192.0.2.7/24 author") ==
        "192.0.2.7/24: the address has bits set beyond its first 24");
  CHECK(problem_of("a 192.0.2 author").starts_with("192.0.2"));
  for (const char* key : {"sha1:0123", "md5:a", "::zz"})
    CHECK(problem_of("a " + std::string(key) + " author") ==
          std::string(key) +
              " is not a key; write sha256:HEX, dn:NAME, san:NAME, pgp:HEX or an address range "
              "such as 192.0.2.0/24");
}

TEST_CASE("bad roles are refused with the reason") {
  const std::string rule = " is not a role; the roles are author, subscriber and both";
  CHECK(problem_of("a ::1 authors") == "authors" + rule);
  CHECK(problem_of("a ::1 author,") == "\"\"" + rule);
  CHECK(problem_of("a ::1 author,both") == "both" + rule);
  CHECK(problem_of("a ::1 rate=1/s") == "rate=1/s" + rule);
  CHECK(problem_of("a " + pgp + " both ivorn=ivo://a.b") ==
        "pgp: is the key of an author: its role is author");
}

TEST_CASE("bad limits are refused with the reason") {
  CHECK(problem_of("a ::1 author speed=1") ==
        "speed=1 is not a limit; the limits are ivorn=, filter=, rate= and connections=");
  CHECK(problem_of("a ::1 author rate") == "there is nothing after rate=");
  CHECK(problem_of("a ::1 author rate=") == "there is nothing after rate=");
  CHECK(problem_of("a ::1 author rate=5") ==
        "rate: 5 is not a rate; write events per second, as in 10/s");
  CHECK(problem_of("a ::1 author rate=1/s rate=2/s") == "rate= is given twice");
  CHECK(problem_of("a ::1 author connections=0").starts_with("connections: 0"));
  CHECK(problem_of("a ::1 author connections=1 connections=1") == "connections= is given twice");
  CHECK(problem_of("a ::1 author ivorn=http://x") == "ivorn: http://x does not begin with ivo://");
  CHECK(problem_of("a ::1 subscriber filter=//[").starts_with("filter: "));
  CHECK(problem_of("a ::1 subscriber filter=//Who filter=//What") ==
        "filter= is given twice; join both with \"and\"");
  CHECK(problem_of("a ::1 subscriber ivorn=ivo://a.b") == "ivorn= is for authors only");
  CHECK(problem_of("a ::1 subscriber rate=1/s") == "rate= is for authors only");
  CHECK(problem_of("a ::1 author filter=//Who") == "filter= is for subscribers only");
  CHECK(problem_of("a " + pgp + " author ivorn=ivo://a.b rate=1/s") ==
        "rate= is not for pgp: keys, which only sign");
  CHECK(problem_of("a " + pgp + " author") ==
        "pgp: needs ivorn=: the beginning of the ivorns that it may sign");
}

TEST_CASE("a key is in one line for each role") {
  const auto problems = [](const std::string& text) { return parse_peers(text, "f").problems; };
  using Problems = std::vector<std::string>;
  CHECK(problems("a " + sha + " author\nb " + sha + " subscriber\n") == Problems{});
  CHECK(problems("a ::1 author\na ::2 author\n") == Problems{});
  CHECK(problems("a " + sha + " author\nb ::1 author\n\nc sha256:" + std::string(64, 'B') +
                 " author\nd " + sha + " both") ==
        Problems{"f:5: " + sha + " is the key of an author in line 1 already"});
  CHECK(problems("a 192.0.2.0/24 subscriber\nb 192.0.2.0/255.255.255.0 both") ==
        Problems{"f:2: 192.0.2.0/24 is the key of a subscriber in line 1 already"});
}

TEST_CASE("all problems of a peers file are reported, up to a limit") {
  std::string text;
  for (int i = 0; i < 23; ++i)
    text += "a\n";
  const PeerFile file = parse_peers(text, "f");
  REQUIRE(file.problems.size() == most_peer_problems + 1);
  CHECK(file.problems[19].starts_with("f:20: "));
  CHECK(file.problems[20] == "f: 3 more problem(s)");
}

TEST_CASE("a peers file that cannot be read is a problem with its name") {
  const TemporaryFolder folder;
  const std::string path = folder.file("peers");
  CHECK(read_peers(path).problems ==
        std::vector<std::string>{path + ": No such file or directory"});
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(read_peers(path).problems ==
        std::vector<std::string>{path + ": not a regular file, so it cannot be read again"});
}

TEST_CASE("a peers file that others may write to, or without peers, is a warning") {
  const TemporaryFolder folder;
  const std::string path = folder.file("peers");
  std::ofstream(path) << "a ::1 author\n";
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(read_peers(path).warnings.empty());
  CHECK(read_peers(path).peers.size() == 1);
  for (const mode_t mode : {0664U, 0646U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(read_peers(path).warnings ==
          std::vector<std::string>{
              path + ": others than its owner may write to it, and so admit anybody; chmod go-w"});
  }
  CHECK(parse_peers("# nobody\n", "f").warnings ==
        std::vector<std::string>{"f: admits no peer at all"});
}

}  // namespace vtp
