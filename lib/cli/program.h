// What a program is called, and its options as one table, from which all that concerns them is made:
// parsing, --help, completion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// An option that is repeated counts the last time, or each time. One with a list counts each time too,
// and where the program takes no operands, further values may follow it: `--allow A B`.
enum class Values { one, many, list };

// What is there for those who come from other programs is neither in --help nor completed.
enum class Offered { yes, no };

struct Option {
  std::string names;  // "f,file": the short name, if any, then the long one and other names for it
  std::string argument;  // what --help calls its value; empty: a flag
  std::string help;
  std::string
      implied;  // the value where none is given (--receive[=ENDPOINT]); empty: one is required
  Values values = Values::one;  // many, list: --help adds that it may be repeated
  Offered offered = Offered::yes;
};

struct Program {
  std::string name;
  std::string purpose;  // one line for --help
  std::string
      operands;  // what --help shows after the options ("[FILE…]"); empty: the program takes none
  std::vector<Option> options;  // the standard ones are added to them
  int failure_status = 1;  // the exit status of what stops the program and is not a usage error
};

// What every program has: --completion, --help and --version. They print something and stop.
[[nodiscard]] const std::vector<Option>& standard_options();

// An option's names, each without dashes.
struct Names {
  std::string short_name;               // one letter; empty: it has none
  std::vector<std::string> long_names;  // at least one: the first is the one that it is known by
};
[[nodiscard]] Names names_of(const Option& option);

// The option of the table that has this among its long names; none: null.
[[nodiscard]] const Option* find_option(const std::vector<Option>& table, std::string_view name);

}  // namespace vtp
