#include "lib/broker/exposure.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

AllowLists lists(std::initializer_list<const char*> authors,
                 std::initializer_list<const char*> subscribers) {
  AllowLists out;
  for (const char* each : authors)
    out.authors.push_back(Allowed::parse(each).value());
  for (const char* each : subscribers)
    out.subscribers.push_back(Allowed::parse(each).value());
  return out;
}

AllowLists default_lists() { return lists({"127.0.0.0/8", "::1/128"}, {"0.0.0.0/0", "::/0"}); }

Endpoint at(const char* text) { return parse_listen(text, 8099).value(); }

BrokerOptions subscribed_to(const char* upstream) {
  BrokerOptions options;
  options.upstreams.emplace_back().brokers = {parse_peer(upstream, 8099).value()};
  return options;
}

BrokerOptions reading(const char* topics) {
  BrokerOptions options;
  options.topics.emplace_back().consumer.endpoint = parse_kafka(topics).value();
  return options;
}

BrokerOptions forwarding_to(PeerEndpoint endpoint) {
  BrokerOptions options;
  options.forwards.emplace_back().destination.endpoint = std::move(endpoint);
  return options;
}

}  // namespace

TEST_CASE("a broker whose peers are all on its machine is not exposed") {
  BrokerOptions options;
  CHECK_FALSE(exposure(options, default_lists()));
  options.receive = {at("8098"), at("unix:/run/authors")};
  options.broadcast = {at("127.0.0.1:8099"), at("[::1]:8099"), at("localhost:8099"),
                       at("unix:/run/subscribers")};
  CHECK_FALSE(exposure(options, default_lists()));
  options.broadcast = {at("8099")};
  CHECK_FALSE(exposure(options, lists({"127.0.0.1"}, {"127.0.0.0/16", "::1", "localhost"})));
  for (const char* here : {"localhost", "127.0.0.1:1", "::1", "unix:/run/x"})
    CHECK_FALSE(exposure(subscribed_to(here), default_lists()));
  CHECK_FALSE(exposure(reading("kafka://127.0.0.1:1,localhost/t"), default_lists()));
}

TEST_CASE("a broker that lets other machines in is exposed") {
  BrokerOptions options;
  options.broadcast = {at("127.0.0.1:1"), at("tcp:8099")};
  CHECK(exposure(options, default_lists()) == "--broadcast=tcp:8099");
  options.broadcast = {at("192.0.2.1:8099")};
  CHECK(exposure(options, default_lists()) == "--broadcast=192.0.2.1:8099");
  options.broadcast.clear();
  options.receive = {at("8098")};
  for (const char* more : {"192.0.2.0/24", "::/0", "0.0.0.0/0", "126.0.0.0/7", "observer.example"})
    CHECK(exposure(options, lists({"127.0.0.0/8", more}, {})) == "--receive=tcp:8098");
  options.receive.clear();
  options.http.endpoints = {at("192.0.2.1:8097")};
  AllowLists allowed = default_lists();
  CHECK_FALSE(exposure(options, allowed));
  allowed.http = {Allowed::parse("192.0.2.0/24").value()};
  CHECK(exposure(options, allowed) == "--http=192.0.2.1:8097");
}

TEST_CASE("a broker that connects to other machines is exposed") {
  CHECK(exposure(subscribed_to("voevent.example.net"), default_lists()) ==
        "--subscribe=voevent.example.net:8099");
  BrokerOptions equal = subscribed_to("localhost");
  equal.upstreams.front().brokers.push_back(parse_peer("a.example", 8099).value());
  CHECK(exposure(equal, default_lists()) == "--subscribe=localhost:8099|a.example:8099");
  CHECK(exposure(reading("kafka://localhost,k.example/t"), default_lists()) ==
        "--subscribe=kafka://localhost:9092,k.example:9092/t");
  CHECK(exposure(reading("kafka:///t"), default_lists()) == "--subscribe=kafka:///t");
  CHECK(exposure(forwarding_to(parse_peer("192.0.2.7", 8098).value()), default_lists()) ==
        "--forward=192.0.2.7:8098");
  CHECK(exposure(forwarding_to(parse_kafka("kafka://k.example/t").value()), default_lists()) ==
        "--forward=kafka://k.example:9092/t");
  BrokerOptions shared;
  shared.shared_log.emplace().endpoint = parse_kafka("kafka://k.example/t").value();
  CHECK(exposure(shared, default_lists()) == "--log=kafka://k.example:9092/t");
}

}  // namespace vtp
