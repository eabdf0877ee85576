// hop's older encodings: no JSON costs more than its length, and what is made of it is XML of a VOEvent.
#include "lib/kafka/hop_json.h"

#include "lib/kafka/payload.h"
#include "lib/voevent/check.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;
using fuzz::require_equal;

namespace {

void check_made(const std::string& xml, const std::string& json) {
  static Checker checker;
  const CheckResult& result = checker.check(xml);
  // An event may declare prefixes in ways that XML does not allow; that is for the check to say.
  const bool has_own_declarations =
      json.find("xmlns") != std::string::npos || json.find("\\u") != std::string::npos;
  if (!has_own_declarations)
    require(result.verdict != Verdict::malformed, "it is well-formed: " + result.reason, xml);
  require(result.verdict != Verdict::dtd, "it has no DTD", xml);
  require(xml.size() <= largest_made_xml, "it is not too large");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string json = fuzz::expanded(fuzz::text_of(data, size));
  Payload payload = payload_of(json, {{"_format", "voevent"}});
  // An array repeats a name, so that the XML may be much longer than the JSON, up to its limit.
  const bool is_too_large = payload.problem.starts_with("as XML");
  const std::size_t made = is_too_large ? largest_made_xml : payload.bytes.size();
  fuzz::require_time(fuzz::linear(4 * (json.size() + made)),
                     "JSON costs no more than its length and that of what is made of it", [&] {
                       payload = payload_of(json, {{"_format", "voevent"}});
                     });
  if (payload.kind == Payload::Kind::broken) {
    require(!payload.problem.empty() && payload.problem.find('\n') == std::string::npos,
            "a problem is one line", payload.problem);
    require_equal(payload.bytes, json, "the value is kept");
  }
  if (!payload.was_made) return 0;
  check_made(payload.bytes, json);
  const Payload in_envelope = payload_of(R"({"format":"voevent","content":)" + json + "}", {});
  // The envelope is one level more.
  if (in_envelope.was_made)
    require_equal(in_envelope.bytes, payload.bytes, "the envelope makes no difference");
  return 0;
}
