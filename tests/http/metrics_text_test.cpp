#include "lib/http/metrics_text.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

PeerStatus subscriber(const std::string& address, std::uint64_t behind, double seconds,
                      const std::string& known_as = "") {
  PeerStatus peer;
  peer.address = address;
  peer.known_as = known_as;
  peer.lag = Lag{behind, seconds};
  return peer;
}

}  // namespace

TEST_CASE("a status without anything has all that every broker has") {
  const std::string text = metrics_text(BrokerStatus{});
  for (const char* line :
       {"vtp_build_info{version=\"\"} 1", "vtp_authors 0", "vtp_log_outage 0",
        "vtp_archive_lag_events 0", "# TYPE vtp_events_total counter",
        "# TYPE vtp_ack_duration_seconds histogram", "vtp_ack_duration_seconds_count 0"})
    CHECK(has_line(text, line));
  CHECK(text.find("certificate") == std::string::npos);
}

TEST_CASE("what a broker has counted is in its metrics") {
  BrokerStatus status;
  status.results = {{"author", "accepted", "", 7}, {"upstream", "refused", "filter", 2}};
  status.last = 10;
  status.indexed = 4;
  status.outage = "the disk is full";
  status.upstreams = {{"tcp:host:8099", true, 3, Time(std::chrono::seconds(5)), {}},
                      {"kafka://host/t", false, 0, std::nullopt, {{"t[0]", 12}}}};
  status.followers = {{"print", 3, {7, 1.5}}};
  status.certificate_end = Time(std::chrono::seconds(100));
  const std::string text = metrics_text(status);
  for (const char* line :
       {"vtp_events_total{from=\"author\",result=\"accepted\",reason=\"\"} 7",
        "vtp_events_total{from=\"upstream\",result=\"refused\",reason=\"filter\"} 2",
        "vtp_archive_lag_events 6", "vtp_log_outage 1",
        "vtp_upstream_connected{upstream=\"tcp:host:8099\"} 1",
        "vtp_upstream_connected{upstream=\"kafka://host/t\"} 0",
        "vtp_upstream_last_event_timestamp_seconds{upstream=\"tcp:host:8099\"} 5",
        "vtp_upstream_lag_messages{upstream=\"kafka://host/t\",partition=\"t[0]\"} 12",
        "vtp_follower_lag_events{follower=\"print\"} 7",
        "vtp_follower_lag_seconds{follower=\"print\"} 1.5",
        "vtp_certificate_end_timestamp_seconds 100"})
    CHECK(has_line(text, line));
}

TEST_CASE("the buckets of a histogram add up") {
  BrokerStatus status;
  Histogram seconds(0.5);
  for (const double value : {0.1, 0.5, 0.9, 1e9})
    seconds.add(value);
  status.ack_seconds = seconds.value();
  const std::string text = metrics_text(status);
  for (const char* line :
       {"vtp_ack_duration_seconds_bucket{le=\"0.5\"} 2",
        "vtp_ack_duration_seconds_bucket{le=\"1\"} 3",
        "vtp_ack_duration_seconds_bucket{le=\"+Inf\"} 4", "vtp_ack_duration_seconds_count 4"})
    CHECK(has_line(text, line));
}

TEST_CASE("subscribers of one name are one, with the lag of the slowest") {
  BrokerStatus status;
  status.peers = {subscriber("192.0.2.7:1001", 3, 0.5), subscriber("192.0.2.7:1002", 1, 2.5),
                  subscriber("[2001:db8::1]:1003", 4, 1), subscriber("192.0.2.9:1", 5, 1, "pole"),
                  subscriber("unix:/run/b.sock", 0, 0)};
  status.peers.push_back({.side = PeerStatus::Side::author, .address = "192.0.2.7:5"});
  const std::string text = metrics_text(status);
  for (const char* line :
       {"vtp_subscribers{peer=\"192.0.2.7\"} 2", "vtp_subscriber_lag_events{peer=\"192.0.2.7\"} 3",
        "vtp_subscriber_lag_seconds{peer=\"192.0.2.7\"} 2.5",
        "vtp_subscriber_lag_events{peer=\"2001:db8::/64\"} 4",
        "vtp_subscriber_lag_events{peer=\"pole\"} 5",
        "vtp_subscribers{peer=\"unix:/run/b.sock\"} 1", "vtp_authors 1"})
    CHECK(has_line(text, line));
}

TEST_CASE("very many subscribers do not make very many metrics") {
  BrokerStatus status;
  for (std::size_t i = 0; i < most_peers_in_metrics + 10; ++i)
    status.peers.push_back(subscriber("host" + std::to_string(i) + ":1", i, 0));
  const std::string text = metrics_text(status);
  CHECK(has_line(text, "vtp_subscribers{peer=\"others\"} 10"));
  CHECK(has_line(text, "vtp_subscriber_lag_events{peer=\"others\"} " +
                           std::to_string(most_peers_in_metrics + 9)));
}

TEST_CASE("a name from elsewhere cannot break a line of the metrics") {
  BrokerStatus status;
  status.upstreams = {{"a\"b\\c\nd", true}};
  CHECK(has_line(metrics_text(status), "vtp_upstream_connected{upstream=\"a\\\"b\\\\c\\nd\"} 1"));
}

}  // namespace vtp
