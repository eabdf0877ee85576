#include "lib/net/endpoint.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string peer(std::string_view text) { return text_of(parse_peer(text, 8098).value()); }
std::string listens(std::string_view text) { return text_of(parse_listen(text, 8098).value()); }

bool within(std::string_view range, const char* address) {
  return AddressRange::parse(range).value().contains(asio::ip::make_address(address));
}

}  // namespace

TEST_CASE("a peer is a host, with the default port or its own") {
  CHECK(peer("voevent.example.org") == "voevent.example.org:8098");
  CHECK(peer("localhost:9000") == "localhost:9000");
  CHECK(peer("tcp:localhost:9000") == "localhost:9000");
  CHECK(peer("tcp:localhost") == "localhost:8098");
}

TEST_CASE("a peer's IPv6 address may stand in brackets") {
  CHECK(peer("[::1]:9000") == "[::1]:9000");
  CHECK(peer("[::1]") == "[::1]:8098");
  CHECK(peer("::1") == "[::1]:8098");
  CHECK(peer("tcp:[2001:db8::7]:1") == "[2001:db8::7]:1");
}

TEST_CASE("an endpoint may have TLS") {
  CHECK(peer("tls:broker.example") == "tls:broker.example:8098");
  CHECK(peer("tls:[::1]:9000") == "tls:[::1]:9000");
  CHECK(has_tls(*parse_peer("tls:a:1", 1)));
  CHECK_FALSE(has_tls(*parse_peer("tcp:a:1", 1)));
  CHECK_FALSE(has_tls(*parse_peer("unix:a", 1)));
  CHECK_FALSE(*parse_peer("tls:a:1", 1) == *parse_peer("a:1", 1));
  CHECK(listens("tls:8098") == "tls:8098");
  CHECK(listens("tls:0.0.0.0:8099") == "tls:0.0.0.0:8099");
  CHECK(listens("tls:[::]:1") == "tls:[::]:1");
  CHECK(text_of(TcpEndpoint{"tls", 1}) == "tcp:tls:1");
  CHECK(peer("tcp:tls:1") == "tcp:tls:1");
  for (const char* wrong : {"tls:", "tls:8098", "tls:host:0", "tls:a/b"})
    CHECK_FALSE(parse_peer(wrong, 8098));
  CHECK(parse_peer("tls://a.b:80", 1).problem() ==
        "tls://a.b:80: an endpoint is not a URL; write HOST:PORT, as in tls:a.b:80");
}

TEST_CASE("a peer may be a socket in the file system") {
  CHECK(peer("unix:/run/brokerd.sock") == "unix:/run/brokerd.sock");
  CHECK(std::get<UnixEndpoint>(*parse_peer("unix:a", 1)).path == "a");
}

TEST_CASE("what names no peer is refused") {
  for (const char* wrong : {"", ":8098", "host:", "host:0", "host:99999", "host:x", "[::1",
                            "[::1]x", "[]:1", "8098", "tcp:8098", "unix:", "tcp:"})
    CHECK_FALSE(parse_peer(wrong, 8098));
  CHECK_FALSE(parse_peer("unix:/" + std::string(200, 'x'), 8098));
  for (const char* wrong : {"1::1]:1527", "a:b:c", "[a:b]:1", "http://a.b:80", "a b", "a[b]", "a/b",
                            "a\nb", "a\x7f:1", "unix:/a\nb"}) {
    INFO(wrong);
    CHECK_FALSE(parse_peer(wrong, 8098));
    CHECK_FALSE(parse_listen(wrong, 8098));
  }
  CHECK(parse_peer("a\nb", 1).problem() == "a\\nb: contains a control character");
  CHECK(parse_peer("8098", 1).problem() == "8098: is a port without a host; write localhost:8098");
}

TEST_CASE("a URL or a bare path is refused with the form that is right") {
  const auto shown = [](const char* text, const std::string& hint) {
    for (const auto& endpoint : {parse_peer(text, 8098), parse_listen(text, 8098)}) {
      INFO(text);
      REQUIRE_FALSE(endpoint);
      CHECK(endpoint.problem() == text + (": " + hint));
    }
  };
  const std::string no_url = "an endpoint is not a URL; write HOST:PORT";
  shown("http://a.b:80", no_url + ", as in a.b:80");
  shown("tcp://a.b:8099", no_url + ", as in a.b:8099");
  shown("vtp://a.b", no_url + ", as in a.b:8098");
  shown("https://a.b/events?x=1", no_url + ", as in a.b:8098");
  shown("TCP://[::1]:9/", no_url + ", as in [::1]:9");
  shown("vtp://[::1]", no_url + ", as in [::1]:8098");
  shown("vtp://::1", no_url + ", as in [::1]:8098");
  shown("tcp://", no_url);
  shown("tcp:///run/x.sock", no_url);
  shown("file://user@a b", no_url);
  for (const std::string path : {"/run/x.sock", "./x", "~/x", "a/b", "x.sock"})
    shown(path.c_str(), "write HOST:PORT, or unix:" + path + " for a socket in the file system");
  CHECK(peer("unix:///run/x.sock") == "unix:///run/x.sock");
}

TEST_CASE("a host with the name of a kind of endpoint is read as it is written") {
  for (const char* text : {"tcp:unix:80", "tcp:tcp:80"}) {
    CHECK(peer(text) == text);
    CHECK(listens(text) == text);
  }
}

TEST_CASE("an endpoint to listen on is a port, an address and a port, or a socket's path") {
  CHECK(listens("tcp:8099") == "tcp:8099");
  CHECK(listens("8099") == "tcp:8099");
  CHECK(listens("tcp:0") == "tcp:0");
  CHECK(listens("tcp:127.0.0.1:9000") == "127.0.0.1:9000");
  CHECK(listens("127.0.0.1") == "127.0.0.1:8098");
  CHECK(listens("[::1]:9000") == "[::1]:9000");
  CHECK(listens("unix:/tmp/s") == "unix:/tmp/s");
  for (const char* wrong : {"", "tcp:", ":1", "tcp:99999", "tcp:a:b", "unix:"})
    CHECK_FALSE(parse_listen(wrong, 8098));
}

TEST_CASE("a range holds the addresses that share its first bits") {
  CHECK(within("127.0.0.0/8", "127.255.1.2"));
  CHECK_FALSE(within("127.0.0.0/8", "128.0.0.1"));
  CHECK(within("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(within("192.0.2.7", "192.0.2.8"));
  CHECK(within("0.0.0.0/0", "203.0.113.9"));
  CHECK(within("2001:db8::/32", "2001:db8:1::5"));
  CHECK_FALSE(within("2001:db8::/32", "2001:db9::5"));
  CHECK(within("::/0", "::1"));
  CHECK_FALSE(within("0.0.0.0/0", "::1"));
  CHECK_FALSE(within("::/0", "127.0.0.1"));
}

TEST_CASE("the range of an IPv4 network may have a netmask") {
  CHECK(within("10.0.0.0/255.0.0.0", "10.1.2.3"));
  CHECK_FALSE(within("192.0.2.7/255.255.255.255", "192.0.2.8"));
  CHECK(within("0.0.0.0/0.0.0.0", "192.0.2.8"));
  for (const char* wrong : {"10.0.0.0/255.0.255.0", "10.0.0.0/0.0.0.255", "::/255.0.0.0",
                            "10.0.0.0/255.0.0", "10.0.0.1/255.0.0.0"})
    CHECK_FALSE(AddressRange::parse(wrong));
}

TEST_CASE("a peer on a local link is in the range of its address, whatever its zone") {
  CHECK(within("fe80::/10", "fe80::1%7"));
  CHECK(within("::/0", "fe80::1%lo"));
  CHECK_FALSE(within("fe80::/10", "fec0::1%7"));
  CHECK_FALSE(AddressRange::parse("fe80::1%7/64"));
}

TEST_CASE("an IPv4 address mapped into IPv6 counts as IPv4") {
  CHECK(within("127.0.0.0/8", "::ffff:127.0.0.1"));
  CHECK_FALSE(within("::/0", "::ffff:127.0.0.1"));
}

TEST_CASE("what is no range is refused") {
  for (const char* wrong :
       {"", "localhost", "127.0.0.0/33", "::/129", "127.0.0.0/", "127.0.0.0/x", "/8"})
    CHECK_FALSE(AddressRange::parse(wrong));
  CHECK(AddressRange::parse("10.0.0.5/8").problem() ==
        "10.0.0.5/8: the address has bits set beyond its first 8");
  CHECK_FALSE(AddressRange::parse("2001:db8::1/64"));
}

TEST_CASE("everybody is everybody") {
  for (const char* address : {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"})
    CHECK(any_contains(all_ranges(), asio::ip::make_address(address)));
}

TEST_CASE("loopback is this machine only") {
  const auto ranges = loopback_ranges();
  CHECK(any_contains(ranges, asio::ip::make_address("127.0.0.1")));
  CHECK(any_contains(ranges, asio::ip::make_address("::1")));
  CHECK_FALSE(any_contains(ranges, asio::ip::make_address("192.0.2.1")));
}

TEST_CASE("a range is this machine's if all of it is") {
  for (const char* range : {"127.0.0.0/8", "127.0.0.1", "127.4.0.0/16", "::1", "::1/128"})
    CHECK(AddressRange::parse(range).value().is_loopback());
  for (const char* range : {"126.0.0.0/7", "0.0.0.0/0", "192.0.2.7", "::/0", "::/127", "::2"})
    CHECK_FALSE(AddressRange::parse(range).value().is_loopback());
}

TEST_CASE("an endpoint is on this machine if its address says so") {
  for (const char* here : {"localhost:1", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1",
                           "[::ffff:127.0.0.1]:1", "unix:/run/x"})
    CHECK(is_on_this_machine(parse_peer(here, 1).value()));
  for (const char* elsewhere : {"192.0.2.7:1", "localhost.example:1", "[2001:db8::1]:1"})
    CHECK_FALSE(is_on_this_machine(parse_peer(elsewhere, 1).value()));
  CHECK_FALSE(is_on_this_machine(parse_listen("8098", 1).value()));
  CHECK_FALSE(is_on_this_machine(parse_listen("0.0.0.0:8098", 1).value()));
}

}  // namespace vtp
