#include "lib/voevent/examined.h"

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {

TEST_CASE("a VOEvent in any namespace, or in none, is an event, with all that it says") {
  Checker checker;
  for (const bool whole : {true, false})
    for (const char* declaration : {"", " xmlns='https://www.ivoa.net/xml/VOEvent/v2.0'"}) {
      const std::string event = std::string("<VOEvent") + declaration +
                                " ivorn='ivo://a.b/c#d' role='utility'><Who><Date>2026-11-25"
                                "T00:00:00</Date></Who></VOEvent>";
      const Examined found = examine(event, checker, whole);
      CHECK(found.what == Examined::What::event);
      CHECK(found.headline.ivorn == "ivo://a.b/c#d");
      CHECK(found.headline.role == "utility");
      CHECK(found.headline.date == "2026-11-25T00:00:00");
      CHECK(found.digest == digest_of(event));
    }
  const Examined nameless = examine("<VOEvent/>", checker, true);
  CHECK(nameless.what == Examined::What::unfit);
  CHECK(nameless.reason == "the VOEvent has no ivorn");
}

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
