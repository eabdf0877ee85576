// Mutants for the targets whose input is an event: libFuzzer's own of bytes, and those of tests/support/mutate.h,
// which stay XML.
#include <algorithm>
#include <cstring>

#include "lib/voevent/check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/mutate.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

// An input's end, from the first line on that begins with a <, is the event.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using namespace vtp;
  test::Dice dice(seed);
  if (dice.one_in(2)) return LLVMFuzzerMutate(data, size, max_size);
  const std::string_view input = fuzz::text_of(data, size);
  std::size_t begin = input.starts_with('<') ? 0 : input.find("\n<");
  if (begin == std::string_view::npos) return LLVMFuzzerMutate(data, size, max_size);
  if (begin > 0) ++begin;
  const std::string_view event = input.substr(begin);
  // read_tree trusts what it reads.
  static Checker checker;
  const Verdict verdict = checker.check(event).verdict;
  if (verdict == Verdict::malformed || verdict == Verdict::dtd ||
      test::read_tree(event).tag.empty())
    return LLVMFuzzerMutate(data, size, max_size);
  const std::string mutant = test::mutant_of(event, dice);
  if (begin + mutant.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data + begin, mutant.data(), mutant.size());
  return begin + mutant.size();
}
