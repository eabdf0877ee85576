// Prints every event of the shared corpus as a line of JSON, also those that are not valid. Exits
// with the status of a skipped test if there is no corpus.
#include <cstdio>
#include <exception>

#include "lib/voevent/check.h"
#include "lib/voevent/json.h"
#include "tests/support/shared_corpus.h"

int main() {
  try {
    const auto shared = vtp::test::find_shared("corpus/events.tsv");
    if (!shared) return vtp::test::skipped;
    vtp::Checker checker;
    const vtp::Received received{vtp::Time(std::chrono::seconds(1'700'000'000)), "127.0.0.1:8099"};
    for (const char* name : {"events", "mutants", "v2.1"})
      for (const auto& event : vtp::test::read_corpus(*shared, name))
        std::printf("%s\n", vtp::json_line({event.bytes, vtp::digest_of(event.bytes),
                                            checker.check(event.bytes).headline},
                                           received)
                                .c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "json_corpus: %s\n", error.what());
    return 1;
  }
}
