// Catch2, in the version of the distribution.
#pragma once

#if VTP_CATCH2_MAJOR >= 3
#include <catch2/catch_all.hpp>
#else
#include <string>

#include <catch2/catch.hpp>

// Its name from 3.0 on.
namespace Catch::Matchers {
inline auto ContainsSubstring(const std::string& text) { return Contains(text); }
}  // namespace Catch::Matchers
#endif
