#include "lib/http/status_json.h"

#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

BrokerStatus sample() {
  const Time time = TestClock().now();
  BrokerStatus status;
  status.version = "1.0.0";
  status.local_ivo = "ivo://a.b/c";
  status.started = status.now = time;
  status.listening = true;
  status.last = 7;
  status.last_event = time;
  status.indexed = 6;
  PeerStatus author;
  author.side = PeerStatus::Side::author;
  author.address = "192.0.2.7:1";
  author.has_tls = true;
  author.since = time;
  author.events = 3;
  PeerStatus subscriber;
  subscriber.address = "192.0.2.8:2";
  subscriber.known_as = "telescope";
  subscriber.since = time;
  subscriber.events = 4;
  subscriber.filters = {"//Who"};
  subscriber.lag = Lag{2, 1.5};
  status.peers = {author, subscriber};
  status.upstreams.push_back({"kafka://h/t", true, 5, time, {{"t[0]", 9}, {"t[1]", 0}}});
  status.followers.emplace_back();
  status.followers.back().name = "--cmd";
  status.followers.back().lag = {1, 0.5};
  return status;
}

TEST_CASE("the status is one object with all keys") {
  CHECK(
      status_json(sample()) ==
      R"({"version":"1.0.0","local_ivo":"ivo://a.b/c","started":"2026-11-22T12:42:50.123Z",)"
      R"("now":"2026-11-22T12:42:50.123Z","ready":true,"outage":null,"last":7,)"
      R"("last_event":"2026-11-22T12:42:50.123Z","authors":1,"subscribers":1,"upstreams":[)"
      R"({"name":"kafka://h/t","connected":true,"events":5,"last_event":"2026-11-22T12:42:50.123Z",)"
      R"("partitions":[{"name":"t[0]","lag":9},{"name":"t[1]","lag":0}]}],)"
      R"("followers":[{"name":"--cmd","lag_events":1,"lag_seconds":0.5}],"indexed":6})"
      "\n");
}

TEST_CASE("peers have their names, filters and lag, or null") {
  CHECK(peers_json(sample()) ==
        R"({"peers":[{"side":"author","name":null,"address":"192.0.2.7:1","tls":true,)"
        R"("since":"2026-11-22T12:42:50.123Z","events":3,"filters":[],"lag_events":null,)"
        R"("lag_seconds":null},{"side":"subscriber","name":"telescope","address":"192.0.2.8:2",)"
        R"("tls":false,"since":"2026-11-22T12:42:50.123Z","events":4,"filters":["//Who"],)"
        R"("lag_events":2,"lag_seconds":1.5}]})"
        "\n");
}

TEST_CASE("bytes that are not UTF-8 and invisible characters do no harm") {
  BrokerStatus status = sample();
  status.peers[1].filters = {"\xff", "a\u202eb"};
  const std::string json = peers_json(status);
  CHECK(json.find("\xff") == std::string::npos);
  CHECK(json.find("a\\u202eb") != std::string::npos);
}

TEST_CASE("a broker is ready if the disk, the listeners and all upstreams are") {
  BrokerStatus status = sample();
  CHECK(is_ready(status));
  CHECK(readiness_text(status) == "disk: ok\nlisteners: ok\nupstream kafka://h/t: ok\n");
  status.upstreams[0].connected = false;
  CHECK_FALSE(is_ready(status));
  CHECK(readiness_text(status) == "disk: ok\nlisteners: ok\nupstream kafka://h/t: not connected\n");
  status = sample();
  status.listening = false;
  CHECK_FALSE(is_ready(status));
  CHECK(readiness_text(status).find("listeners: not ready") != std::string::npos);
  status = sample();
  status.outage = "disk\nfull";
  CHECK_FALSE(is_ready(status));
  CHECK(readiness_text(status).starts_with("disk: disk\\nfull\n"));
}

}  // namespace
}  // namespace vtp
