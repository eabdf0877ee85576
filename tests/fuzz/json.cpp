// Lines of JSON: whatever an event says, its line is JSON, has nothing in it that steers a terminal, and says what
// the event says.
#include "lib/voevent/json.h"

#include <nlohmann/json.hpp>
#include <set>

#include "lib/base/characters.h"
#include "lib/voevent/check.h"
#include "lib/voevent/details.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

// Of UTF-8, without what steers a terminal or is not seen.
bool is_harmless(std::string_view line) {
  while (!line.empty()) {
    const Character character = first_character(line);
    if (character.length == 0 || is_harmful(character.code)) return false;
    line.remove_prefix(character.length);
  }
  return true;
}

void check_line(const Event& event, const std::string& line) {
  require(is_harmless(line), "a line has nothing in it that is not seen", line);
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  require(json.is_object(), "a line is an object of JSON", line);
  require(json["digest"] == event.digest.hex(), "it has the digest", line);
  require(json.contains("ivorn") != event.headline.ivorn.empty(), "and the ivorn, if there is one",
          line);

  DetailsReader reader;
  const Details& details = reader.read(event.bytes);
  std::set<std::string> names;
  for (const Parameter& parameter : details.parameters)
    names.insert(parameter.name);
  require((json.contains("params") ? json["params"].size() : 0) == names.size(),
          "each name of a Param is there once", line);
  require((json.contains("citations") ? json["citations"].size() : 0) == details.citations.size(),
          "and each citation", line);
  require(
      (json.contains("references") ? json["references"].size() : 0) == details.references.size(),
      "and each reference", line);
  require(
      (json.contains("inferences") ? json["inferences"].size() : 0) == details.inferences.size(),
      "and each inference", line);
  require((json.contains("concepts") ? json["concepts"].size() : 0) == details.concepts.size(),
          "and each concept", line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document = fuzz::expanded(fuzz::text_of(data, size));
  static Checker checker;
  const Event event{document, digest_of(document), checker.check(document).headline};
  const Received received{Time(std::chrono::seconds(1'700'000'000)), document.substr(0, 40)};
  std::string line;
  fuzz::require_time(fuzz::linear(4 * document.size()), "a line costs no more than the event",
                     [&] { line = json_line(event, received); });
  check_line(event, line);
  return 0;
}
