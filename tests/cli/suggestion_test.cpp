#include "lib/cli/suggestion.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

const Program program{"tool",
                      "",
                      "",
                      {{"receive-allow,receive-whitelist", "CIDR", "", "", Values::list},
                       {"receive-port", "PORT", "", "", Values::one, Offered::no},
                       {"broadcast-allow", "CIDR", "", "", Values::list},
                       {"keep", "DAYS", "", ""},
                       {"logfile", "FILE", "", ""},
                       {"q,quiet", "", "", ""}},
                      1};

}  // namespace

TEST_CASE("a distance counts letters put in, left out, replaced or swapped") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("keep", "keep") == 0);
  CHECK(edit_distance("", "keep") == 4);
  CHECK(edit_distance("keep", "kep") == 1);
  CHECK(edit_distance("kee", "keep") == 1);
  CHECK(edit_distance("keep", "beep") == 1);
  CHECK(edit_distance("recieve", "receive") == 1);
  CHECK(edit_distance("KEEP", "keep") == 0);
  CHECK(edit_distance("abc", "xyz") == 3);
}

TEST_CASE("what is misspelt, cut short, or another program's name for it is found") {
  CHECK(nearest_option(program, "recieve-allow") == "receive-allow");
  CHECK(nearest_option(program, "receive_allow") == "receive-allow");
  CHECK(nearest_option(program, "recive-whitelist") == "receive-whitelist");
  CHECK(nearest_option(program, "subscriber-allow") == "broadcast-allow");
  CHECK(nearest_option(program, "log-file") == "logfile");
  CHECK(nearest_option(program, "log") == "logfile");
  CHECK(nearest_option(program, "Keep") == "keep");
  CHECK(nearest_option(program, "max-age") == "keep");
  CHECK(nearest_option(program, "broad") == "broadcast-allow");
  CHECK(nearest_option(program, "hlep") == "help");
  CHECK(nearest_option(program, "V") == "version");
}

TEST_CASE("nothing is suggested that is not near, or not offered") {
  for (const char* name : {"", "x", "nonsense", "zzzz", "ivo", "exec"})
    CHECK(nearest_option(program, name).empty());
  CHECK(nearest_option(program, "receive-porti") != "receive-port");
  CHECK(nearest_option(program, std::string(100'000, 'k')).empty());
}

TEST_CASE("a suggestion ends a message") {
  CHECK(suggestion_for(program, "kep") == "; did you mean --keep?");
  CHECK(suggestion_for(program, "kep", "") == "; did you mean keep?");
  CHECK(suggestion_for(program, "nonsense").empty());
}

}  // namespace vtp
