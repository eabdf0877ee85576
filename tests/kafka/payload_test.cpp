#include "lib/kafka/payload.h"

#include "lib/voevent/check.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

using Kind = Payload::Kind;
using Headers = std::vector<KafkaHeader>;

const std::string hop_json = R"({"ivorn": "ivo://a.b/c#1", "role": "test", "version": "2.0"})";
const Headers as_voevent = {{"_id", "0123456789abcdef"}, {"_format", "voevent"}};

Kind kind(std::string value, const Headers& headers = {}) {
  Payload payload = payload_of(value, headers);
  CHECK(payload.bytes == value);  // nothing but an event from JSON has other bytes
  CHECK_FALSE(payload.was_made);
  CHECK(payload.problem.empty() == (payload.kind != Kind::broken));
  return payload.kind;
}

}  // namespace

TEST_CASE("XML is an event, exact to the byte and not copied") {
  std::string value = "\n<a>" + std::string(1000, ' ') + "</a>\r\n";
  const std::string before = value;
  const void* const data = value.data();
  const Payload payload = payload_of(std::move(value), as_voevent);
  CHECK(payload.kind == Kind::event);
  CHECK_FALSE(payload.was_made);
  CHECK(payload.bytes == before);
  CHECK(static_cast<const void*>(payload.bytes.data()) == data);
}

TEST_CASE("XML is known by its beginning, whatever the headers say") {
  CHECK(kind("<a/>") == Kind::event);
  CHECK(kind(" \t\r\n<a/>", {{"_format", "json"}}) == Kind::event);
  CHECK(kind("\xEF\xBB\xBF<a/>", {{"_format", "blob"}}) == Kind::event);
  CHECK(kind(std::string("\xFE\xFF\0<\0a", 6)) == Kind::event);
  CHECK(kind(std::string("\xFF\xFE<\0a\0", 6)) == Kind::event);
  CHECK(kind("<", as_voevent) == Kind::event);
}

TEST_CASE("hop's older encodings become XML that is valid") {
  const Payload alone = payload_of(hop_json, as_voevent);
  const Payload in_envelope =
      payload_of(R"({"format": "voevent", "content": )" + hop_json + "}", {{"_test", "true"}});
  for (const Payload& payload : {alone, in_envelope}) {
    CHECK(payload.kind == Kind::event);
    CHECK(payload.was_made);
    CHECK(payload.problem == "");
    Checker checker;
    CHECK(checker.check(payload.bytes).verdict == Verdict::valid);
    CHECK(checker.check(payload.bytes).headline.ivorn == "ivo://a.b/c#1");
  }
  CHECK(alone.bytes == in_envelope.bytes);
}

TEST_CASE("what is sent as a VOEvent and is none is broken") {
  CHECK(kind("", as_voevent) == Kind::broken);  // hop 0.12 sends this for events made in Python
  CHECK(kind("{", as_voevent) == Kind::broken);
  CHECK(kind("Dear diary", as_voevent) == Kind::broken);
  CHECK(kind(R"({"format": "voevent", "content": 1})") == Kind::broken);
  CHECK(kind(R"({"format": "voevent", "content": {)") == Kind::broken);
  CHECK(payload_of("[]", as_voevent).problem == "the event is not a JSON object");
}

TEST_CASE("the header decides before an envelope does, and the first of several") {
  const std::string envelope = R"({"format": "voevent", "content": )" + hop_json + "}";
  CHECK(kind(envelope, {{"_format", "json"}}) == Kind::json);
  CHECK(kind(envelope, {{"_format", std::nullopt}}) == Kind::json);
  CHECK(kind(hop_json) == Kind::json);
  CHECK(kind(hop_json, {{"_format", "json"}, {"_format", "voevent"}}) == Kind::json);
  CHECK(kind(hop_json, {{"_Format", "voevent"}}) == Kind::json);
  CHECK(payload_of(hop_json, {{"_format", "voevent"}, {"_format", "json"}}).kind == Kind::event);
}

TEST_CASE("a message without a value is a tombstone, an empty one is not") {
  CHECK(payload_of(std::nullopt, as_voevent).kind == Kind::tombstone);
  CHECK(payload_of(std::nullopt, {}).bytes == "");
  CHECK(kind("") == Kind::other);
}

TEST_CASE("other contents are told apart by header or first bytes") {
  CHECK(kind(R"({"alert_type": "EARLYWARNING"})") == Kind::json);
  CHECK(kind(" [1]") == Kind::json);
  CHECK(kind(R"({"format": "circular", "content": {"body": "voevent"}})") == Kind::json);
  CHECK(kind(R"({"url": "https://a.b/c"})", {{"_format", "external"}}) == Kind::elsewhere);
  CHECK(kind("Obj\x01", {}) == Kind::avro);
  CHECK(kind("x", {{"_format", "avro"}}) == Kind::avro);
  CHECK(kind("TITLE: GCN/FERMI NOTICE", {{"_format", "gcntextnotice"}}) == Kind::other);
  CHECK(kind(std::string("\0\0\0\x3d", 4)) == Kind::other);
  CHECK(kind(" ") == Kind::other);
}

TEST_CASE("each kind has its own name for the diagnostics") {
  CHECK(name_of(Kind::event) == "VOEvent");
  CHECK(name_of(Kind::tombstone) == "tombstone");
  CHECK(name_of(Kind::json) == "JSON");
  CHECK(name_of(Kind::avro) == "Avro");
  CHECK(name_of(Kind::elsewhere) == "address of a large message");
  CHECK(name_of(Kind::broken) == "broken VOEvent");
  CHECK(name_of(Kind::other) == "neither XML nor JSON");
}

}  // namespace vtp
