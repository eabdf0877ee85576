#include "lib/peers/admission.h"

#include "lib/peers/peer_file.h"
#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

const std::string key_a = "sha256:" + std::string(64, 'a');
const std::chrono::steady_clock::time_point noon{std::chrono::hours(12)};

PeerListPtr list_of(const std::string& text, const PeerListPtr& before = nullptr) {
  PeerFile file = parse_peers(text, "f");
  REQUIRE(file.problems.empty());
  return std::make_shared<const PeerList>(std::move(file.peers), before.get());
}

Peer at(const char* address) { return {"x", asio::ip::make_address(address)}; }

Peer over_tls(const std::string& fingerprint, bool is_verified = false) {
  Peer peer = at("203.0.113.9");
  peer.has_tls = true;
  if (!fingerprint.empty())
    peer.certificate = std::make_shared<const PeerCertificate>(
        PeerCertificate{fingerprint, "CN=pole", {}, is_verified});
  return peer;
}

using Decision = std::variant<Admission, NotAdmitted>;

NotAdmitted refused(const PeerRegister& peers, const Peer& peer, Side side = Side::author) {
  const Decision decision = peers.admit(peer, side);
  REQUIRE(std::holds_alternative<NotAdmitted>(decision));
  return std::get<NotAdmitted>(decision);
}

Admission admitted(const PeerRegister& peers, const Peer& peer, Side side = Side::author) {
  Decision decision = peers.admit(peer, side);
  REQUIRE(std::holds_alternative<Admission>(decision));
  return std::get<Admission>(std::move(decision));
}

}  // namespace

TEST_CASE("a peer that is in the list is admitted with its name") {
  const PeerRegister peers(list_of("pole 192.0.2.0/24 author\n" + std::string("key ") + key_a +
                                   " subscriber filter=//Who\n"));
  CHECK(admitted(peers, at("192.0.2.7")).name() == "pole");
  CHECK(admitted(peers, at("192.0.2.7")).filter().empty());
  CHECK(admitted(peers, over_tls(key_a), Side::subscriber).filter() == "//Who");
}

TEST_CASE("a peer on a unix socket is admitted without a name or limits") {
  PeerRegister peers(list_of("# nobody\n"));
  Admission admission = admitted(peers, {"unix:/run/x", std::nullopt});
  CHECK(admission.name().empty());
  CHECK(admission.filter().empty());
  CHECK_FALSE(admission.refusal("ivo://a.b/c#1", noon));
  peers.replace(list_of("# nobody\n"));
  CHECK(admission.renew());
}

TEST_CASE("a peer that is not in the list is told why it is not admitted") {
  const PeerRegister peers(list_of("pole 192.0.2.0/24 author\nkey " + key_a + " author\n"));
  const NotAdmitted plain = refused(peers, at("203.0.113.9"));
  CHECK(plain.reason == "Authors at 203.0.113.9 are not allowed here");
  CHECK(plain.line == "its address is in no line of the peers file");
  CHECK(refused(peers, at("203.0.113.9"), Side::subscriber).reason ==
        "Subscribers at 203.0.113.9 are not allowed here");
  CHECK(refused(peers, at("192.0.2.7"), Side::subscriber).line == "pole is no subscriber here");

  const std::string key_b = "sha256:" + std::string(64, 'b');
  const NotAdmitted keyed = refused(peers, over_tls(key_b));
  CHECK(keyed.reason == "This broker does not know you: your key is " + key_b +
                            "; send it to the operator of this broker");
  CHECK(keyed.line == "its key " + key_b + " is in no line of the peers file");
  CHECK(refused(peers, over_tls(key_b, true)).line ==
        "its key " + key_b + " (CN=pole) is in no line of the peers file");
  CHECK(refused(peers, over_tls(key_a), Side::subscriber).reason ==
        "key is no subscriber here; your key is " + key_a + "; ask the operator of this broker");
  CHECK(refused(peers, over_tls("")).reason ==
        "This broker does not know you: you have shown no certificate; make a key, and send its "
        "fingerprint to the operator of this broker");
}

TEST_CASE("an author that is not admitted can tell that no event is refused") {
  const PeerRegister peers(list_of("pole 192.0.2.0/24 subscriber\nkey " + key_a + " subscriber\n"));
  for (const Peer& peer : {at("203.0.113.9"), at("192.0.2.7"), over_tls(key_a), over_tls(""),
                           over_tls("sha256:" + std::string(64, 'b'))}) {
    CAPTURE(refused(peers, peer).reason);
    CHECK(refuses_author(rejection(refused(peers, peer).reason)));
  }
}

TEST_CASE("an author may send only events with its prefixes, and is told which") {
  const PeerRegister peers(
      list_of("pole ::1 author ivorn=ivo://a.b ivorn=ivo://c.d/e# ivorn=ivo://f.g\n"
              "many ::2 author ivorn=ivo://a ivorn=ivo://b ivorn=ivo://c ivorn=ivo://d\n"));
  Admission pole = admitted(peers, at("::1"));
  CHECK_FALSE(pole.refusal("ivo://a.b/x#1", noon));
  CHECK_FALSE(pole.refusal("ivo://c.d/e#1", noon));
  CHECK(pole.refusal("ivo://c.d/f#1", noon) ==
        "pole may not send events with this ivorn here, but only ivo://a.b…, ivo://c.d/e#…, "
        "ivo://f.g…");
  CHECK(admitted(peers, at("::2")).refusal("", noon) ==
        "many may not send events with this ivorn here, but only ivo://a…, ivo://b…, ivo://c… and "
        "others");
}

TEST_CASE(
    "the rate is for all connections of a line together, and what is refused does not count") {
  const PeerRegister peers(list_of("pole ::/64 author rate=1/s,2 ivorn=ivo://a.b\n"));
  Admission one = admitted(peers, at("::1"));
  Admission two = admitted(peers, at("::2"));
  for (int i = 0; i < 10; ++i)
    CHECK(one.refusal("ivo://x.y/z#1", noon));
  CHECK_FALSE(one.refusal("ivo://a.b/c#1", noon));
  CHECK_FALSE(two.refusal("ivo://a.b/c#2", noon));
  CHECK(one.refusal("ivo://a.b/c#3", noon) ==
        "pole sends more events than its rate allows here (1/s,2); try again later");
  CHECK(two.refusal("ivo://a.b/c#3", noon + std::chrono::milliseconds(900)));
  CHECK_FALSE(two.refusal("ivo://a.b/c#3", noon + std::chrono::seconds(1)));
}

TEST_CASE("connections are limited for each side of a line") {
  const PeerRegister peers(list_of("pole ::/64 both connections=2\n"));
  const Admission one = admitted(peers, at("::1"));
  {
    Admission two = admitted(peers, at("::2"));
    const Admission moved = std::move(two);
    const NotAdmitted third = refused(peers, at("::3"));
    CHECK(third.reason == "pole has as many connections as it may have (2); try again later");
    CHECK(third.line == "pole has as many connections as it may have (2)");
    CHECK(admitted(peers, at("::3"), Side::subscriber).name() == "pole");
  }
  CHECK(admitted(peers, at("::3")).name() == "pole");
}

TEST_CASE("a list that is replaced counts for those who are connected") {
  const auto first = list_of("pole ::1 both\n");
  PeerRegister peers(first);
  Admission author = admitted(peers, at("::1"));
  Admission subscriber = admitted(peers, at("::1"), Side::subscriber);
  CHECK(author.renew());
  CHECK_FALSE(author.refusal("ivo://x.y/z#1", noon));

  peers.replace(list_of("south ::1 author ivorn=ivo://a.b\n", first));
  CHECK_FALSE(author.refusal("ivo://x.y/z#1", noon));
  CHECK(author.renew());
  CHECK(author.name() == "south");
  CHECK(author.refusal("ivo://x.y/z#1", noon));
  CHECK_FALSE(subscriber.renew());
}

TEST_CASE("a peer that another line admits counts there") {
  const auto first = list_of("all ::/64 author connections=1\n");
  PeerRegister peers(first);
  Admission admission = admitted(peers, at("::1"));
  peers.replace(list_of("one ::1 author connections=1\nall ::/64 author connections=1\n", first));
  CHECK(refused(peers, at("::2")).line == "all has as many connections as it may have (1)");
  CHECK(admission.renew());
  CHECK(admitted(peers, at("::2")).name() == "all");
  CHECK(refused(peers, at("::1")).line == "one has as many connections as it may have (1)");
}

TEST_CASE("who may sign is asked of the present list") {
  const std::string digits(40, 'a');
  PeerRegister peers(list_of("# nobody\n"));
  CHECK_FALSE(peers.may_sign(digits, "ivo://a.b/c#1"));
  peers.replace(list_of("pole pgp:" + digits + " author ivorn=ivo://a.b\n"));
  CHECK(peers.may_sign(digits, "ivo://a.b/c#1"));
  CHECK_FALSE(peers.may_sign(digits, "ivo://c.d/c#1"));
}

}  // namespace vtp
