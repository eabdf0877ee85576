// Transport messages as a test writes them, well-formed or not.
#pragma once

#include <string>
#include <string_view>

namespace vtp::test {

inline std::string transport(std::string_view role, std::string_view children) {
  return "<trn:Transport role='" + std::string(role) + "'>" + std::string(children) +
         "</trn:Transport>";
}

}  // namespace vtp::test
