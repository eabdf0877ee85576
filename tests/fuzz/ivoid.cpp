// IVOIDs: what is taken apart can be put together, and equality is one.
#include "lib/voevent/ivoid.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;
using fuzz::require_equal;

namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

void check_parts(const std::string& text, const Ivoid& id) {
  const std::string stream = id.stream();
  const std::size_t mark = text.find_first_of("?#");
  const std::string local = mark == std::string::npos ? "" : text.substr(mark + 1);
  require_equal(local, id.local_part, "the local part is what follows the first ? or #");
  require_equal(std::string(without_scheme(text.substr(0, mark))), id.authority + id.resource_key,
                "the parts are the text");
  require_equal(stream_of(text), stream, "stream_of is the stream");

  const auto again = parse_ivoid(stream);
  require(static_cast<bool>(again), "a stream is an IVOID", stream);
  require_equal(again->stream(), stream, "a stream is its own stream");
  require(static_cast<bool>(parse_own_ivoid(stream)), "a stream can be a program's own", stream);
  require(same_ivoid(id, id), "an IVOID is itself");
  require(same_ivoid(id, *again) == id.local_part.empty(), "without a local part it is its stream");
  const std::string loud =
      upper(text.substr(0, mark)) + (mark == std::string::npos ? std::string() : text.substr(mark));
  const auto same = parse_ivoid(loud);
  require(same && same_ivoid(id, *same) && same_ivoid(*same, id), "case makes no difference", loud);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(size), "an IVOID costs no more than its length",
                     [&] { (void)parse_ivoid(text); });
  const auto id = parse_ivoid(text);
  const auto own = parse_own_ivoid(text);
  if (id)
    check_parts(text, *id);
  else
    require(id.problem().find_first_of("\n\r") == std::string::npos, "a problem is one line",
            id.problem());
  require(static_cast<bool>(own) == (id && text.find_first_of("?#") == std::string::npos),
          "a program's own IVOID is one without a mark");
  require(text.starts_with(stream_of(text)) || id, "a stream is a part of its ivorn");
  return 0;
}
