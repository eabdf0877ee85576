#include "lib/http/status_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(utc_text(*time, Fraction::milliseconds)) : Json();
}

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

std::string line_of(const Json& json) {
  return escaped_in_json(json.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

Json json_of(const UpstreamStatus& upstream) {
  Json partitions = Json::array();
  for (const PartitionStatus& partition : upstream.partitions)
    partitions.push_back({{"name", partition.name}, {"lag", partition.lag}});
  return {{"name", upstream.name},
          {"connected", upstream.connected},
          {"events", upstream.events},
          {"last_event", time_or_null(upstream.last_event)},
          {"partitions", std::move(partitions)}};
}

Json json_of(const PeerStatus& peer) {
  Json out{{"side", peer.side == PeerStatus::Side::author ? "author" : "subscriber"},
           {"name", peer.known_as.empty() ? Json() : Json(peer.known_as)},
           {"address", peer.address},
           {"tls", peer.has_tls},
           {"since", utc_text(peer.since, Fraction::milliseconds)},
           {"events", peer.events},
           {"filters", peer.filters}};
  out["lag_events"] = peer.lag ? Json(peer.lag->events) : Json();
  out["lag_seconds"] = peer.lag ? Json(peer.lag->seconds) : Json();
  return out;
}

}  // namespace

bool is_ready(const BrokerStatus& status) {
  return !status.outage && status.listening &&
         std::ranges::all_of(status.upstreams, &UpstreamStatus::connected);
}

std::string readiness_text(const BrokerStatus& status) {
  std::string text = fmt::format("disk: {}\n", status.outage ? printable(*status.outage) : "ok");
  text += fmt::format("listeners: {}\n", status.listening ? "ok" : "not ready");
  for (const UpstreamStatus& upstream : status.upstreams)
    text += fmt::format("upstream {}: {}\n", printable(upstream.name),
                        upstream.connected ? "ok" : "not connected");
  return text;
}

std::string status_json(const BrokerStatus& status) {
  const auto count = [&status](PeerStatus::Side side) {
    return std::ranges::count(status.peers, side, &PeerStatus::side);
  };
  Json out{{"version", status.version},
           {"local_ivo", status.local_ivo.empty() ? Json() : Json(status.local_ivo)},
           {"started", utc_text(status.started, Fraction::milliseconds)},
           {"now", utc_text(status.now, Fraction::milliseconds)},
           {"ready", is_ready(status)},
           {"outage", value_or_null(status.outage)},
           {"last", status.last},
           {"last_event", time_or_null(status.last_event)},
           {"authors", count(PeerStatus::Side::author)},
           {"subscribers", count(PeerStatus::Side::subscriber)},
           {"upstreams", Json::array()},
           {"followers", Json::array()},
           {"indexed", status.indexed}};
  for (const UpstreamStatus& upstream : status.upstreams)
    out["upstreams"].push_back(json_of(upstream));
  for (const FollowerStatus& follower : status.followers)
    out["followers"].push_back({{"name", follower.name},
                                {"lag_events", follower.lag.events},
                                {"lag_seconds", follower.lag.seconds}});
  return line_of(out);
}

std::string peers_json(const BrokerStatus& status) {
  Json peers = Json::array();
  for (const PeerStatus& peer : status.peers)
    peers.push_back(json_of(peer));
  return line_of(Json{{"peers", std::move(peers)}});
}

}  // namespace vtp
