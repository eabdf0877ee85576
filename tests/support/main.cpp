#include <csignal>

#if VTP_CATCH2_MAJOR >= 3
#include <catch2/catch_session.hpp>
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

namespace {

// As in every program: writing to a peer that has gone fails, and does not end the process.
[[maybe_unused]] const auto before = std::signal(SIGPIPE, SIG_IGN);

}  // namespace
