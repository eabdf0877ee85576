#include "lib/stream/location.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a lone document is named by its file, one of a stream with its location") {
  Document document;
  document.file = "f";
  CHECK(location_of(document) == "f");
  CHECK(judgement_of(document, Verdict::valid, "") == "f: valid");
  CHECK(judgement_of(document, Verdict::dtd, "line 1: no") == "f: dtd: line 1: no");
  document.location = "event 2 at byte 5";
  CHECK(location_of(document) == "f: event 2 at byte 5");
  CHECK(judgement_of(document, Verdict::valid, "") == "f: valid: event 2 at byte 5");
  CHECK(judgement_of(document, Verdict::dtd, "no") == "f: dtd: event 2 at byte 5: no");
}

}  // namespace vtp
