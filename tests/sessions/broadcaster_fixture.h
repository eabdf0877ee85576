// What the tests of a broadcaster share: one that is served, and its subscribers, which the test
// plays.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "lib/sessions/broadcaster.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"
#include "tests/support/served.h"

namespace vtp::test {

class Server : public Served<Broadcaster, BroadcasterOptions> {
 public:
  explicit Server(std::chrono::milliseconds greeting = std::chrono::milliseconds(5),
                  std::chrono::milliseconds alive = test_timeout)
      : Server(BroadcasterOptions{"ivo://test.broker/a", greeting, alive, 100'000}) {}
  explicit Server(const BroadcasterOptions& options, Level level = Level::warning)
      : Served(options, level) {}

  // A subscriber that has answered the greeting, with these filters.
  RawPeer subscriber(const std::vector<std::string>& filters = {}) {
    RawPeer peer = connect();
    greet(peer, filters);
    return peer;
  }

  // Answers the greeting, and waits until that has been heard.
  void greet(RawPeer& peer, const std::vector<std::string>& filters) {
    const auto greeting = parse_transport(peer.read_frame().value_or("")).value();
    CHECK(greeting.role == TransportRole::authenticate);
    CHECK(greeting.origin == "ivo://test.broker/a");
    set_filters(peer, filters);
  }

  static void set_filters(RawPeer& peer, const std::vector<std::string>& filters) {
    std::vector<Param> params;
    for (const std::string& filter : filters)
      params.push_back({std::string(xpath_filter_param), filter});
    answer_greeting(peer, params);
  }

  static void answer_greeting(RawPeer& peer, const std::vector<Param>& params) {
    Transport reply;
    reply.role = TransportRole::authenticate;
    reply.origin = "ivo://test.broker/a";
    reply.params = params;
    peer.send_frame(to_xml(reply, Time{}));
  }

  // One that says where to begin, and which events it wants.
  RawPeer resuming(const Resumption& wish, const std::string& filter = "") {
    RawPeer peer = connect();
    peer.read_frame();
    std::vector<Param> params = params_of(wish);
    if (!filter.empty()) params.push_back({std::string(xpath_filter_param), filter});
    answer_greeting(peer, params);
    return peer;
  }
};

inline std::string event(int number, const std::string& role = "test") {
  std::string text = valid_event("ivo://a.b/c#" + std::to_string(number));
  return text.replace(text.find("role='test'"), 11, "role='" + role + "'");
}

inline Resumption behind(const std::string& bytes) { return {digest_of(bytes), std::nullopt}; }

// Params of the iamalive that comes next.
inline std::vector<Param> told(RawPeer& peer) {
  const auto message = parse_transport(peer.read_frame().value_or("")).value();
  CHECK(message.role == TransportRole::iamalive);
  CHECK(message.origin == "ivo://test.broker/a");
  return message.params;
}

inline void check_resuming(RawPeer& peer, const std::string& count) {
  const std::vector<Param> params = told(peer);
  REQUIRE(params.size() == 1);
  CHECK(params[0].name == "resuming");
  CHECK(params[0].value == count);
}

inline void check_caught_up(RawPeer& peer, const std::string& digest) {
  const std::vector<Param> params = told(peer);
  REQUIRE(params.size() == 1);
  CHECK(params[0].name == "caught-up");
  CHECK(params[0].value == digest);
}

inline TransportRole role_of(const std::optional<std::string>& payload) {
  return parse_transport(payload.value_or("")).value().role;
}

}  // namespace vtp::test
