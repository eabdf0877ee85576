#include "lib/http/host_check.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

TEST_CASE("a Host that is an address, localhost or a given name is ours") {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8097", "[::1]", "[::1]:8097", "192.0.2.7:80",
                           "localhost", "LOCALHOST:8097", "localhost.", "a.localhost:1"})
    CHECK(is_our_host(host, {}));
  CHECK(is_our_host("Broker.Example.org:8097", {"broker.example.org"}));
  CHECK(is_our_host("broker.example.org.", {"other", "broker.example.org"}));
}

TEST_CASE("any other Host is not") {
  for (const char* host :
       {"", ":", ":80", "example.org", "localhost.example.org", "notlocalhost",
        "127.0.0.1.example.org", "[::1", "[example.org]", "[]", "broker.example.org.evil", "1.2.3"})
    CHECK_FALSE(is_our_host(host, {"broker.example.org"}));
}

}  // namespace
}  // namespace vtp
