#include "lib/peers/peer_list.h"

#include "lib/peers/peer_file.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

const std::string key_a = "sha256:" + std::string(64, 'a');
const std::string key_b = "sha256:" + std::string(64, 'b');

PeerListPtr list_of(const std::string& text, const PeerList* before = nullptr) {
  PeerFile file = parse_peers(text, "f");
  REQUIRE(file.problems.empty());
  return std::make_shared<const PeerList>(std::move(file.peers), before);
}

Peer at(const char* address) { return {"x", asio::ip::make_address(address)}; }

Peer with(PeerCertificate certificate, const char* address = "203.0.113.9") {
  Peer peer = at(address);
  peer.has_tls = true;
  peer.certificate = std::make_shared<const PeerCertificate>(std::move(certificate));
  return peer;
}

std::string found(const PeerList& list, const Peer& peer, Side side = Side::author) {
  const KnownPeer* const known = list.find(peer, side);
  return known != nullptr ? known->name : "nobody";
}

}  // namespace

TEST_CASE("a peer is found by its address, in the first range that has it") {
  const auto list =
      list_of("one 192.0.2.7 author\ntwo 192.0.2.0/24 author\nthree 192.0.0.0/16 both\n");
  CHECK(found(*list, at("192.0.2.7")) == "one");
  CHECK(found(*list, at("192.0.2.8")) == "two");
  CHECK(found(*list, at("192.0.3.8")) == "three");
  CHECK(found(*list, at("::ffff:192.0.2.8")) == "two");
  CHECK(found(*list, at("198.51.100.1")) == "nobody");
  CHECK(found(*list, at("192.0.2.7"), Side::subscriber) == "three");
  CHECK(found(*list, {"unix:/x", std::nullopt}) == "nobody");
}

TEST_CASE("a key counts before a name, and a name before an address") {
  const auto list =
      list_of("range 192.0.2.0/24 author\ndn dn:CN=a author\nsan san:a.example author\nkey " +
              key_a + " author\n");
  const PeerCertificate certificate{key_a, "CN=a", {"a.example"}, true};
  CHECK(found(*list, with(certificate, "192.0.2.7")) == "key");
  CHECK(found(*list, with({key_b, "CN=a", {"a.example"}, true}, "192.0.2.7")) == "dn");
  CHECK(found(*list, with({key_b, "CN=b", {"x", "a.example"}, true}, "192.0.2.7")) == "san");
  CHECK(found(*list, with({key_b, "CN=b", {}, true}, "192.0.2.7")) == "range");
  CHECK(found(*list, with({key_b, "CN=b", {}, true})) == "nobody");
}

TEST_CASE("of several names the first line counts") {
  const auto list =
      list_of("two san:b.example author\none san:a.example author\nthree dn:CN=a author\n");
  CHECK(found(*list, with({key_a, "CN=a", {"a.example", "b.example"}, true})) == "two");
  CHECK(found(*list, with({key_a, "CN=a", {"a.example"}, true})) == "one");
}

TEST_CASE("names of a certificate count only if an authority has verified it, a key always") {
  const auto list =
      list_of("dn dn:CN=a author\nsan san:a.example author\nkey " + key_b + " author\n");
  CHECK(found(*list, with({key_a, "CN=a", {"a.example"}, false})) == "nobody");
  CHECK(found(*list, with({key_b, "CN=a", {"a.example"}, false})) == "key");
}

TEST_CASE("names are the same only to the letter") {
  const auto list = list_of("a dn:\"CN=a,O=b\" author\nb san:*.example author\n");
  CHECK(found(*list, with({key_a, "O=b,CN=a", {}, true})) == "nobody");
  CHECK(found(*list, with({key_a, "CN=A,O=b", {}, true})) == "nobody");
  CHECK(found(*list, with({key_a, "CN=a,O=b,OU=c", {}, true})) == "nobody");
  CHECK(found(*list, with({key_a, "", {"a.example"}, true})) == "nobody");
}

TEST_CASE("no certificate is found as what it is not") {
  const auto list = list_of("a 192.0.2.0/24 author\nb san:x author\n");
  CHECK(found(*list, with({key_a, "san:x", {"dn:x", "192.0.2.0/24"}, true})) == "nobody");
}

TEST_CASE("a signing key admits nobody, and may sign what it is listed for") {
  const std::string fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
  const auto list = list_of("a pgp:" + fingerprint + " author ivorn=ivo://a.example/\n");
  CHECK(list->may_sign(fingerprint, "ivo://a.example/b#1"));
  CHECK(list->may_sign("0123456789abcdef0123456789abcdef01234567", "ivo://a.example/b#1"));
  CHECK_FALSE(list->may_sign(fingerprint, "ivo://b.example/b#1"));
  CHECK_FALSE(list->may_sign("1123456789ABCDEF0123456789ABCDEF01234567", "ivo://a.example/b#1"));
  CHECK_FALSE(list->may_sign("", "ivo://a.example/b#1"));
  CHECK(found(*list, with({key_a, "", {}, true})) == "nobody");
}

TEST_CASE("a list tells whether it needs an authority") {
  CHECK_FALSE(list_of("a ::1 author\nb " + key_a + " author\n")->has_names());
  CHECK(list_of("a dn:CN=a author\n")->has_names());
  CHECK(list_of("a san:a author\n")->has_names());
}

TEST_CASE("a key that stays in the list keeps what it has used") {
  const auto before = list_of("a ::1 both\nb " + key_a + " author\n");
  const auto after =
      list_of("b2 " + key_a + " author rate=1/s\na ::1 author\nc ::2 author\n", before.get());
  const auto use = [](const PeerListPtr& list, const Peer& peer, Side side) {
    return list->find(peer, side)->use_as(side);
  };
  const Peer local = at("::1");
  CHECK(use(before, local, Side::author) == use(after, local, Side::author));
  CHECK(use(before, local, Side::author) != use(before, local, Side::subscriber));
  const Peer keyed = with({key_a, "", {}, false});
  CHECK(use(before, keyed, Side::author) == use(after, keyed, Side::author));
  CHECK(use(after, at("::2"), Side::author) != use(after, local, Side::author));
}

}  // namespace vtp
