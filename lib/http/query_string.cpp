#include "lib/http/query_string.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

std::optional<unsigned char> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned char>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned char>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned char>(c - 'A' + 10);
  return std::nullopt;
}

std::string shown(std::string_view text) { return printable(shortened(text)); }

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = first_character(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

enum class Plus { itself, space };

Result<std::string> decoded(std::string_view text, Plus plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::space) c = ' ';
    if (c == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
      if (!low) return Problem{fmt::format("wrong percent-encoding: {}", shown(text))};
      c = static_cast<char>(*high << 4 | *low);
      i += 2;
    }
    out += c;
  }
  if (!is_utf8(out)) return Problem{fmt::format("not UTF-8: {}", shown(text))};
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::ranges::any_of(out, is_control))
    return Problem{fmt::format("a control character: {}", shown(text))};
  return out;
}

// scheme: in lower case. A scheme is the same in upper case (RFC 3986, section 3.1).
bool has_scheme(std::string_view target, std::string_view scheme) {
  return lower_case(target.substr(0, scheme.size())) == scheme;
}

std::string_view authority_begin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (has_scheme(target, scheme)) return target.substr(scheme.size());
  return {};
}

}  // namespace

std::string_view host_in_target(std::string_view target) {
  const std::string_view rest = authority_begin(target);
  return rest.substr(0, rest.find_first_of("/?"));
}

Result<RequestTarget> RequestTarget::parse(std::string_view target) {
  if (const std::string_view rest = authority_begin(target); !rest.empty())
    target = rest.substr(std::min(rest.find_first_of("/?"), rest.size()));
  const std::size_t mark = target.find('?');
  if (target.find('#') != std::string_view::npos)
    return Problem{"a fragment (#) is not part of a request"};
  RequestTarget out;
  const auto path = decoded(target.substr(0, mark), Plus::itself);
  if (!path) return Problem{path.problem()};
  if (!path->starts_with('/')) return Problem{fmt::format("not a path: {}", shown(*path))};
  out.path = *path;
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decoded(pair.substr(0, equals), Plus::space);
    const auto value =
        decoded(equals < pair.size() ? pair.substr(equals + 1) : std::string_view(), Plus::space);
    if (!name) return Problem{name.problem()};
    if (!value) return Problem{value.problem()};
    if (name->empty()) return Problem{"a parameter has no name"};
    if (out.parameters.size() == most_parameters)
      return Problem{fmt::format("more than {} parameters", most_parameters)};
    if (!out.parameters.emplace(*name, *value).second)
      return Problem{fmt::format("{} is given twice", shown(*name))};
  }
  return out;
}

}  // namespace vtp
