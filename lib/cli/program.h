// A program's name and its table of options, from which parsing, --help and shell completion are
// made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// For a repeated option: `one` uses the last value, `many` uses all values. `list` uses all values
// too, and further values may follow the option if the program takes no operands: `--allow A B`.
enum class Values { one, many, list };

// Whether --help and completion show the option. Those for compatibility with other programs are
// hidden.
enum class Offered { yes, no };

struct Option {
  std::string names;     // "f,file": the short name, if any, then the long name, then further ones
  std::string argument;  // the name of its value in --help; empty: a flag
  std::string help;
  std::string
      implied;  // the value if none is given (--receive[=ENDPOINT]); empty: a value is required
  Values values = Values::one;  // many, list: --help adds that it may be repeated
  Offered offered = Offered::yes;
};

struct Program {
  std::string name;
  std::string purpose;  // one line for --help
  std::string
      operands;  // what --help shows after the options ("[FILE…]"); empty: the program takes none
  std::vector<Option> options;  // without the standard ones, which every program has
  int failure_status = 1;       // the exit status after an error that is not a usage error
};

// The options of every program: --completion, --help and --version. They print something and stop.
[[nodiscard]] const std::vector<Option>& standard_options();

// An option's names, each without dashes.
struct Names {
  std::string short_name;               // one letter; empty: none
  std::vector<std::string> long_names;  // at least one; the first one identifies the option
};
[[nodiscard]] Names names_of(const Option& option);

// The option in the table with this long name; null if there is none.
[[nodiscard]] const Option* find_option(const std::vector<Option>& table, std::string_view name);

}  // namespace vtp
