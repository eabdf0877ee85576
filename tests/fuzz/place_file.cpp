// A listener's file of places: it is read whole or refused, and what is written of it is the same.
#include "lib/subscriber/place_file.h"

#include <map>
#include <stdexcept>

#include "tests/fuzz/fuzz.h"
#include "tests/support/temporary.h"

using namespace vtp;
using fuzz::require;

namespace {

// What the format says, line by line; nothing if it is another kind of file.
std::optional<std::map<std::string, Digest>> expected(std::string_view text) {
  std::map<std::string, Digest> places;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    constexpr std::size_t digits = 64;
    if (line.size() < digits + 2 || line[line.size() - digits - 1] != ' ') return std::nullopt;
    const auto digest = Digest::parse(line.substr(line.size() - digits));
    if (!digest) return std::nullopt;
    places[std::string(line.substr(0, line.size() - digits - 1))] = *digest;
  }
  return places;
}

std::string file() {
  static const TemporaryFolder folder;
  return folder.file("places");
}

void put(std::string_view text) {
  std::ofstream(file(), std::ios::binary).write(text.data(), static_cast<long>(text.size()));
}

void check_places(const PlaceFile& places, const std::map<std::string, Digest>& wanted) {
  for (const auto& [broker, digest] : wanted)
    require(places.find(broker) == digest, "each broker has its place", broker);
}

std::string written(const PlaceFile& places) {
  const auto problem = places.write();
  require(!problem, "a file can be written", problem ? problem->text : "");
  return content(file());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto wanted = expected(text);
  put(text);
  try {
    PlaceFile places(file());
    require(wanted.has_value(), "another kind of file is refused");
    check_places(places, *wanted);
    const std::string once = written(places);
    const PlaceFile again(file());
    check_places(again, *wanted);
    fuzz::require_equal(written(again), once, "what is written stays as it is");
    places.set("a b", digest_of(text));
    (void)written(places);
    require(PlaceFile(file()).find("a b") == digest_of(text), "a place that is set is kept");
  } catch (const std::runtime_error& error) {
    require(!wanted, "a file of places is read", error.what());
    require(std::string_view(error.what()).find('\n') == std::string_view::npos, "one line");
    fuzz::require_equal(content(file()), std::string(text), "what is refused stays as it is");
  }
  return 0;
}
