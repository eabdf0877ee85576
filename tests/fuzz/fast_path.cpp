// What is beyond doubt for the fast path is so for check, and the content that it hands on is what the
// parser hands on.
#include "lib/voevent/fast_path.h"

#include "lib/voevent/check.h"
#include "lib/xml/xml_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/fast_path_agrees.h"

using namespace vtp;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document = fuzz::expanded(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(document.size()), "a quick check costs no more than the length",
                     [&] {
                       (void)plain_event(document);
                       test::Record ignored;
                       (void)read_plain(document, ignored);
                     });
  static Checker checker;
  const CheckResult quick = checker.check(document);
  int differences = 0;
  test::fast_path_agrees(document, quick, checker.check_in_full(document), differences);
  require(differences == 0, "what is beyond doubt is so for check");
  const std::string difference = test::content_difference(document);
  require(difference.empty(), "the content is what the parser hands on", difference);
  return 0;
}
