// Catch2, in the version that the distribution has.
#pragma once

#if VTP_CATCH2_MAJOR >= 3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
