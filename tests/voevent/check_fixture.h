// What the tests of a check share: an event with any content, and what is said of it.
#pragma once

#include <string>

#include <fmt/format.h>

#include "lib/voevent/check.h"
#include "tests/support/catch.h"

namespace vtp::test {

inline std::string event(const std::string& content, const std::string& attributes = "",
                         const std::string& version = "2.0") {
  return fmt::format(
      "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v{0}' "
      "xmlns:xs='http://www.w3.org/2001/XMLSchema' "
      "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
      "version='{0}' ivorn='ivo://a/b#c' {1}>{2}</v:VOEvent>",
      version, attributes, content);
}

inline Verdict verdict(const std::string& document) {
  Checker checker;
  const CheckResult& result = checker.check(document);
  INFO(result.reason);
  CHECK((result.verdict == Verdict::valid) == result.reason.empty());
  return result.verdict;
}

inline std::string reason(const std::string& document) {
  Checker checker;
  return checker.check(document).reason;
}

}  // namespace vtp::test
