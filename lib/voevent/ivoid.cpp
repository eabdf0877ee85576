#include "lib/voevent/ivoid.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr std::string_view scheme = "ivo://";
constexpr std::size_t least_authority = 3;

// ASCII only, independent of the locale.
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool same_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_authority_character(char c) {
  return is_alphanumeric(c) || std::string_view("-_.~*'()").find(c) != std::string_view::npos;
}

bool is_graphic_ascii(char c) { return c > 0x20 && c < 0x7F; }

// The error in a resource key, or empty. A key must not contain anything like an empty, "." or ".."
// segment of a path.
std::string_view fault_in_key(std::string_view key) {
  if (key.empty()) return {};
  if (key.back() == '/') return "its resource key ends with /";
  std::string_view rest = key.substr(1);
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty()) return "its resource key has // in it";
    if (segment == ".") return "its resource key has /./ in it";
    if (segment == "..") return "its resource key has /../ in it";
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string Ivoid::stream() const { return fmt::format("{}{}{}", scheme, authority, resource_key); }

Result<Ivoid> parse_ivoid(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Problem{fmt::format("{} is not an IVOID: {}",
                               text.empty() ? "(empty)" : shortened(text, 200), why)};
  };
  const std::string_view rest = without_scheme(text);
  if (rest.size() == text.size()) return wrong("it does not begin with ivo://");
  if (!std::ranges::all_of(text, is_graphic_ascii))
    return wrong("it has white space or characters other than ASCII in it");

  const std::size_t mark = rest.find_first_of("?#");
  const std::string_view local =
      mark == std::string_view::npos ? std::string_view{} : rest.substr(mark + 1);
  const std::string_view resource = rest.substr(0, mark);
  const std::size_t slash = resource.find('/');
  const std::string_view authority = resource.substr(0, slash);
  const std::string_view key =
      slash == std::string_view::npos ? std::string_view{} : resource.substr(slash);

  if (authority.size() < least_authority)
    return wrong("its authority is shorter than 3 characters");
  if (!is_alphanumeric(authority.front()))
    return wrong("its authority does not begin with a letter or digit");
  if (!std::ranges::all_of(authority, is_authority_character))
    return wrong("its authority has characters other than letters, digits and -_.~*'()");
  if (const std::string_view fault = fault_in_key(key); !fault.empty()) return wrong(fault);
  return Ivoid{std::string(authority), std::string(key), std::string(local)};
}

std::string_view without_scheme(std::string_view ivorn) {
  const bool has_scheme = same_without_case(ivorn.substr(0, scheme.size()), scheme);
  return ivorn.substr(has_scheme ? scheme.size() : 0);
}

std::string stream_of(std::string_view ivorn) {
  const auto id = parse_ivoid(ivorn);
  return id ? id->stream() : std::string(ivorn.substr(0, ivorn.find_first_of("?#")));
}

Result<std::string> parse_own_ivoid(std::string_view text) {
  const auto id = parse_ivoid(text);
  if (!id) return Problem{id.problem()};
  if (text.find_first_of("?#") != std::string_view::npos)
    return Problem{
        fmt::format("{} names one thing of a resource: leave out what follows ? or #", text)};
  return std::string(text);
}

bool same_ivoid(const Ivoid& a, const Ivoid& b) {
  return same_without_case(a.authority, b.authority) &&
         same_without_case(a.resource_key, b.resource_key) && a.local_part == b.local_part;
}

}  // namespace vtp
