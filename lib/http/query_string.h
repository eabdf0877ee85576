// What stands in a request's target: percent-encoding and parameters (RFC 3986; forms of HTML).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace vtp {

// Takes any text; problems are one line for people.
struct RequestTarget {
  std::string path;                               // decoded; begins with a slash
  std::map<std::string, std::string> parameters;  // decoded

  // Of "/path?name=value&…", or the same after http://HOST or https://HOST. A plus in a parameter is
  // a space. Refused are wrong percent-encoding, bytes that are not UTF-8, control characters, a
  // parameter without a name or given twice, and more than most_parameters.
  [[nodiscard]] static Result<RequestTarget> parse(std::string_view target);

  static constexpr std::size_t most_parameters = 32;
};

// The host of a target that has one; empty: it has none.
[[nodiscard]] std::string_view host_in_target(std::string_view target);

}  // namespace vtp
