// Holds check to the judge on mutants of real events: check_differential [COUNT [SEED]]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>

#include "lib/voevent/check.h"
#include "tests/support/fast_path_agrees.h"
#include "tests/support/mutate.h"
#include "tests/support/oracle.h"
#include "tests/support/shared_corpus.h"

namespace {

using vtp::test::ListedEvent;

// Well-formed events of both versions; of long ones there are enough without the longest. Half of
// them are the project's own, which have every element that real events are short of.
std::vector<ListedEvent> sources(const std::filesystem::path& shared) {
  std::vector<ListedEvent> chosen;
  for (const char* name : {"events", "v2.1"})
    for (ListedEvent& event : vtp::test::read_corpus(shared, name))
      if ((event.verdict == "valid" || event.verdict == "invalid") && event.bytes.size() < 12'000 &&
          event.bytes.starts_with('<'))
        chosen.push_back(std::move(event));
  const std::size_t real = chosen.size();
  for (const char* name : {"full-2.0.xml", "full-2.1.xml"}) {
    const std::filesystem::path path = std::filesystem::path(VTP_TEST_DATA) / name;
    chosen.insert(chosen.end(), real / 2, {path.string(), "valid", vtp::test::read_file(path)});
  }
  return chosen;
}

// check.h: an error in the replacement text of an entity is the one thing that check leaves unseen.
bool is_unseen(const vtp::test::Judgement& judgement, const vtp::CheckResult& result,
               const std::string& mutant) {
  return judgement.verdict == vtp::Verdict::malformed && result.verdict == vtp::Verdict::dtd &&
         mutant.find("<!ENTITY") != std::string::npos;
}

int run(std::uint64_t count, std::uint64_t seed) {
  const auto shared = vtp::test::find_shared("schema/VOEvent-v2.1.xsd");
  if (!shared || !vtp::test::find_shared("corpus/events.tar.xz")) return vtp::test::skipped;
  const vtp::test::Oracle oracle((*shared / "schema").string());
  const std::vector<ListedEvent> events = sources(*shared);
  vtp::Checker checker;
  std::map<std::string, std::uint64_t> verdicts;
  int differences = 0;
  int unseen = 0;
  int plain = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    vtp::test::Dice dice(seed + i);
    const std::string mutant = vtp::test::mutant_of(dice.pick(events).bytes, dice);
    const vtp::CheckResult result = checker.check(mutant);
    const vtp::test::Judgement judgement = oracle.judge(mutant);
    plain +=
        vtp::test::fast_path_agrees(mutant, result, checker.check_in_full(mutant), differences);
    ++verdicts[std::string(vtp::name_of(judgement.verdict))];
    if (result.verdict == judgement.verdict) continue;
    if (is_unseen(judgement, result, mutant)) {
      ++unseen;
      continue;
    }
    if (++differences > 200) continue;
    std::printf("seed %llu: judged %s (%s), checked %s (line %d: %s)\n",
                static_cast<unsigned long long>(seed + i),
                std::string(vtp::name_of(judgement.verdict)).c_str(), judgement.complaint.c_str(),
                std::string(vtp::name_of(result.verdict)).c_str(), result.line,
                result.reason.c_str());
    if (count == 1) std::printf("%s\n", mutant.c_str());
  }
  for (const auto& [verdict, number] : verdicts)
    std::printf("%s %llu, ", verdict.c_str(), static_cast<unsigned long long>(number));
  std::printf("%d plain, %d differences, and %d errors in an entity's text\n", plain, differences,
              unseen);
  return differences == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 3000,
               argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  } catch (const std::exception& error) {
    std::printf("check_differential: %s\n", error.what());
    return 1;
  }
}
