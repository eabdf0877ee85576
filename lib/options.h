// What a command line says, by a program's table of options, and the frame of every main().
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/log.h"
#include "lib/program.h"
#include "lib/result.h"

namespace vtp {

// The command line asks for something that cannot be; what() says what, in one line.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An option and its value, as given.
struct Given {
  std::string name;   // the long name that the option is known by
  std::string value;  // a flag's is true or false
  std::string place;  // what messages call it: "--keep", or in a file "FILE:12: keep"
};

// What a command line says, and the files of options (lib/config.h) that it names, where the table has
// an option `config`. Options are asked for by their long name. An option that is given twice counts
// the last time, unless all of its values are asked for. The files come before the command line, in
// order, but an option that is on the command line is passed over in them.
class CommandLine {
 public:
  // Throws UsageError for unknown options, missing values, operands where the program takes none, and
  // files that cannot be read.
  CommandLine(const Program& program, int argc, const char* const* argv);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  // Which of these flags was given last, of those that are set; empty: none is.
  [[nodiscard]] std::string_view last_of(std::initializer_list<std::string_view> flags) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  [[nodiscard]] const std::string& help() const { return help_; }

  // The option's value, read by `parse` (a function from text to Result<T>), or the fallback where
  // it is not given. Throws UsageError with the option's name and, if it stands in a file, its place
  // there, if it cannot be read.
  template <class Parse, class T>
  [[nodiscard]] T value(std::string_view name, const Parse& parse, T fallback) const {
    const Given* given = last(name);
    return given ? T{read(*given, parse)} : fallback;
  }

  // All of the option's values, in order, each read by `parse`; as above.
  template <class Parse>
  [[nodiscard]] auto values(std::string_view name, const Parse& parse) const {
    std::vector<decltype(read(std::declval<const Given&>(), parse))> out;
    for (const Given& given : given_)
      if (given.name == name) out.push_back(read(given, parse));
    return out;
  }

 private:
  template <class Parse>
  static auto read(const Given& given, const Parse& parse) {
    auto result = parse(given.value);
    if (!result) throw UsageError(given.place + ": " + result.problem());
    return std::move(result).value();
  }

  [[nodiscard]] const Given* last(std::string_view name) const;

  std::vector<Given> given_;  // in the order in which they count
  std::vector<std::string> operands_;
  std::string help_;
};

// How much is to be said: --verbose everything, --quiet warnings and errors, by default info too. The
// later of the two counts.
[[nodiscard]] Level level_in(const CommandLine& line);

// "brokerd (vtptools) 1.0.0"
[[nodiscard]] std::string version_text(const Program& program);

// The frame of every main(): answers --completion, --help and --version on stdout with status 0, calls `run`,
// makes sure that all of stdout was written, and turns what was thrown into one line on stderr and
// a status: 2 for a UsageError, program.failure_status for anything else.
[[nodiscard]] int run_program(const Program& program, int argc, const char* const* argv,
                              const std::function<int(const CommandLine&)>& run);

}  // namespace vtp
