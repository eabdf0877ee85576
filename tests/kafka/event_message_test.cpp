#include "lib/kafka/event_message.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("an event is a message with its ivorn as the key and headers that tell its digest") {
  const std::string event = "<event/>";
  const EventMessage message(event, "ivo://a/b#1", digest_of(event), "us");
  const OutgoingMessage outgoing = message.outgoing();
  CHECK(outgoing.key == "ivo://a/b#1");
  CHECK(outgoing.value.data() == event.data());
  REQUIRE(outgoing.headers.size() == 4);
  CHECK(outgoing.headers[0] == std::pair<std::string_view, std::string_view>{"_format", "voevent"});
  CHECK(outgoing.headers[1].first == "_id");
  CHECK(outgoing.headers[1].second.size() == 16);
  CHECK(outgoing.headers[2].first == "vtp-digest");
  CHECK(outgoing.headers[2].second == digest_of(event).hex());
  CHECK(outgoing.headers[3] == std::pair<std::string_view, std::string_view>{"vtp-source", "us"});
}

TEST_CASE("the same event has the same UUID, of version 8") {
  const auto uuid = uuid_of(digest_of("a"));
  CHECK(uuid == uuid_of(digest_of("a")));
  CHECK(uuid != uuid_of(digest_of("b")));
  CHECK(uuid[6] >> 4 == 8);
  CHECK(uuid[8] >> 6 == 2);
}

}  // namespace vtp
