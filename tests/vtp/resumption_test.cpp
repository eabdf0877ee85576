#include "lib/vtp/resumption.h"

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

Transport authenticate(const std::vector<Param>& params) {
  Transport message;
  message.role = TransportRole::authenticate;
  message.params = params;
  return message;
}

// As it arrives at the other side.
Transport sent(const Transport& message) {
  return parse_transport(to_xml(message, TestClock().now())).value();
}

}  // namespace

TEST_CASE("what a subscriber asks for arrives") {
  std::vector<std::string> problems;
  for (const Resumption& asked :
       {Resumption{}, Resumption{digest_of("a"), {}}, Resumption{{}, TestClock().now()},
        Resumption{digest_of("a"), TestClock().now()},
        Resumption{digest_of("a"), {}, std::chrono::seconds(5)},
        Resumption{{}, TestClock().now(), longest_resume_wait}})
    CHECK(resumption_in(sent(authenticate(params_of(asked))), problems) == asked);
  CHECK(problems.empty());
}

TEST_CASE("who asks for nothing gets nothing") {
  std::vector<std::string> problems;
  CHECK_FALSE(resumption_in(authenticate({{"xpath-filter", "//Who"}, {"other", ""}}), problems));
  CHECK(problems.empty());
}

TEST_CASE("what cannot be understood is left out with a line") {
  std::vector<std::string> problems;
  const Param bad_digest{std::string(resume_after_param), "0123"};
  const Param bad_time{std::string(since_param), "yesterday"};
  CHECK_FALSE(resumption_in(authenticate({bad_digest, bad_time}), problems));
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "resume-after 0123 is not the SHA-256 of an event; it is ignored");
  CHECK(problems[1].starts_with("since yesterday is not a time in UTC"));
  const auto time_alone =
      resumption_in(authenticate({bad_digest, {std::string(since_param), "1970-01-01"}}), problems);
  CHECK(time_alone == Resumption{{}, Time{}});
  for (const char* wrong : {"", "-1", "soon", "3601"}) {
    problems.clear();
    const Param wait{std::string(resume_wait_param), wrong};
    CHECK(resumption_in(authenticate({{std::string(since_param), "1970-01-01"}, wait}), problems) ==
          Resumption{{}, Time{}});
    CHECK(problems ==
          std::vector{fmt::format(
              "resume-wait {} is not a number of seconds up to 3600; it is ignored", wrong)});
  }
}

TEST_CASE("what a broker says arrives, and nothing is read into other messages") {
  Transport alive;
  alive.params = {param_of(Resuming{12'345'678'901}), param_of(CaughtUp{digest_of("a")})};
  CHECK(resuming_in(sent(alive)).value().behind == 12'345'678'901);
  CHECK(caught_up_in(sent(alive)).value().last == digest_of("a"));
  alive.params = {param_of(CaughtUp{})};
  CHECK_FALSE(resuming_in(sent(alive)));
  CHECK_FALSE(caught_up_in(sent(alive)).value().last);
  alive.params = {{std::string(resuming_param), "many"}, {std::string(caught_up_param), "12"}};
  CHECK_FALSE(resuming_in(alive));
  CHECK_FALSE(caught_up_in(alive));
  for (const char* wrong : {"", "-1", "1 ", "99999999999999999999"}) {
    alive.params = {{std::string(resuming_param), wrong}};
    CHECK_FALSE(resuming_in(alive));
  }
}

}  // namespace vtp
