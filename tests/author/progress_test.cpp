#include "lib/author/progress.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("the summary has a part for each outcome that there was") {
  Tally tally;
  tally.accepted = 9990;
  tally.refused = 5;
  tally.put_off = 3;
  tally.no_answer = 2;
  CHECK(summary_text(tally, Elapsed{12.3}) ==
        "10000 events: 9990 accepted, 5 refused, 3 put off, 2 without an answer, in 12.3 s (813 "
        "events/s)");
  Tally one;
  one.count(Outcome::not_sent);
  CHECK(summary_text(one, Elapsed{0.5}) == "1 event: 1 not sent, in 0.5 s (2.0 events/s)");
  CHECK(summary_text(one, Elapsed{0}) == "1 event: 1 not sent, in 0.0 s (0.0 events/s)");
}

TEST_CASE("each event counts once, by what became of it") {
  Tally tally;
  for (const Outcome outcome : {Outcome::accepted, Outcome::refused, Outcome::refused,
                                Outcome::put_off, Outcome::no_answer, Outcome::not_sent})
    tally.count(outcome);
  CHECK(tally.accepted == 1);
  CHECK(tally.refused == 2);
  CHECK(tally.put_off == 1);
  CHECK(tally.no_answer == 1);
  CHECK(tally.not_sent == 1);
  CHECK(tally.done() == 6);
}

TEST_CASE("progress says how many went out, and what came back") {
  Tally tally;
  tally.accepted = 100;
  tally.refused = 4;
  CHECK(progress_text(tally, Elapsed{2}) == "sent 104, accepted 100, refused 4, 52 events/s");
  tally.put_off = 2;
  tally.no_answer = 1;
  tally.under_way = 16;
  CHECK(progress_text(tally, Elapsed{2}) ==
        "sent 123, accepted 100, refused 4, put off 2, no answer 1, in flight 16, 54 events/s");
}

}  // namespace vtp
