// Holds check to the verdict that is listed for every event of the shared corpus.
#include <cstdio>
#include <exception>

#include "lib/voevent/check.h"
#include "tests/support/fast_path_agrees.h"
#include "tests/support/shared_corpus.h"

int main() {
  try {
    const auto shared = vtp::test::find_shared("corpus/events.tsv");
    if (!shared) return vtp::test::skipped;
    vtp::Checker checker;
    int events = 0;
    int plain = 0;
    int differences = 0;
    for (const char* name : {"events", "mutants", "v2.1"}) {
      for (const auto& event : vtp::test::read_corpus(*shared, name)) {
        const vtp::CheckResult result = checker.check(event.bytes);
        ++events;
        plain += vtp::test::fast_path_agrees(event.bytes, result,
                                             checker.check_in_full(event.bytes), differences);
        if (vtp::name_of(result.verdict) == event.verdict) continue;
        ++differences;
        std::printf("%s: listed %s, checked %s: %s\n", event.path.c_str(), event.verdict.c_str(),
                    std::string(vtp::name_of(result.verdict)).c_str(), result.reason.c_str());
      }
    }
    std::printf("%d events, %d of them plain, %d differences\n", events, plain, differences);
    return differences == 0 && events > 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::printf("check_corpus: %s\n", error.what());
    return 1;
  }
}
