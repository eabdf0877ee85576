// The target of a request over HTTP, its parameters, and a Host: what is decoded can be encoded again.
#include <map>

#include "lib/http/event_query.h"
#include "lib/http/host_check.h"
#include "lib/http/query_string.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

std::string encoded(std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

void check_target(const std::string& text) {
  const auto target = RequestTarget::parse(text);
  if (!target) {
    require(!target.problem().empty(), "a problem has words");
    return;
  }
  require(target->path.starts_with('/'), "a path begins with a slash", text);
  std::string again = "/" + encoded(target->path.substr(1)) + "?";
  for (const auto& [name, value] : target->parameters)
    again += encoded(name) + "=" + encoded(value) + "&";
  const auto same = RequestTarget::parse(again);
  require(same && same->path == target->path && same->parameters == target->parameters,
          "what was decoded can be encoded", text + "\n" + again);
  const auto query = event_query_in(target->parameters, Time{});
  if (!query) return;
  require(query->limit >= 1 && query->limit <= EventQuery::most, "a limit is within its bounds");
  if (query->query.before)
    require(cursor_after(*query->query.before) == target->parameters.at("cursor"),
            "a cursor is the one that was given", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(size), "a target costs no more than its length",
                     [&] { check_target(text); });
  if (is_our_host(text, {}))
    require(is_our_host(text, {"a.example"}), "another name changes nothing for this one", text);
  static_cast<void>(host_in_target(text));
  return 0;
}
