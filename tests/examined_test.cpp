#include "lib/examined.h"

#include "tests/catch.h"
#include "tests/sample_events.h"

namespace vtp {

TEST_CASE("a message is an event, a VOEvent that may not be relayed, or something else") {
  Checker checker;
  const std::string event = valid_event("ivo://a.b/c#d");
  for (const bool whole : {true, false}) {
    const Examined found = examine(event, checker, whole);
    CHECK(found.what == Examined::What::event);
    CHECK(found.headline.ivorn == "ivo://a.b/c#d");
    CHECK(found.headline.role == "test");
    CHECK(found.digest == digest_of(event));

    const Examined unfit = examine("<!DOCTYPE x>" + event, checker, whole);
    CHECK(unfit.what == Examined::What::unfit);
    CHECK(unfit.headline.ivorn == "ivo://a.b/c#d");
    CHECK(unfit.digest == digest_of("<!DOCTYPE x>" + event));
    CHECK_FALSE(unfit.reason.empty());

    CHECK(examine("<Transport/>", checker, whole).what == Examined::What::no_voevent);
    CHECK_FALSE(examine("hello", checker, whole).reason.empty());
  }
  CHECK(examine(event, checker, true).headline.author == "ivo://a.b/author");
}

}  // namespace vtp
