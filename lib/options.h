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

// What a command line says. Options are asked for by their long name. An option that is given twice
// counts the last time, unless all of its values are asked for.
class CommandLine {
 public:
  // Throws UsageError for unknown options, missing values, and operands where the program takes
  // none.
  CommandLine(const Program& program, int argc, const char* const* argv);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  // Which of these flags was given last, of those that are set; empty: none is.
  [[nodiscard]] std::string_view last_of(std::initializer_list<std::string_view> flags) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  [[nodiscard]] const std::string& help() const { return help_; }

  // The option's value, read by `parse` (a function from text to Result<T>), or the fallback where
  // it is not given. Throws UsageError with the option's name if it cannot be read.
  template <class Parse, class T>
  [[nodiscard]] T value(std::string_view name, const Parse& parse, T fallback) const {
    const auto given = text(name);
    return given ? T{read(name, *given, parse)} : fallback;
  }

  // All of the option's values, in order, each read by `parse`; as above.
  template <class Parse>
  [[nodiscard]] auto values(std::string_view name, const Parse& parse) const {
    std::vector<decltype(read(name, name, parse))> out;
    for (const std::string& given : all(name))
      out.push_back(read(name, given, parse));
    return out;
  }

 private:
  template <class Parse>
  static auto read(std::string_view name, std::string_view given, const Parse& parse) {
    auto result = parse(given);
    if (!result) throw UsageError("--" + std::string(name) + ": " + result.problem());
    return std::move(result).value();
  }

  std::vector<std::pair<std::string, std::string>> given_;  // long name, value; in order
  std::vector<std::string> operands_;
  std::string help_;
};

// How much is to be said: --verbose everything, --quiet warnings and errors, by default info too. The
// later of the two counts.
[[nodiscard]] Level level_in(const CommandLine& line);

// The frame of every main(): answers --help and --version on stdout with status 0, calls `run`,
// makes sure that all of stdout was written, and turns what was thrown into one line on stderr and
// a status: 2 for a UsageError, program.failure_status for anything else.
[[nodiscard]] int run_program(const Program& program, int argc, const char* const* argv,
                              const std::function<int(const CommandLine&)>& run);

}  // namespace vtp
