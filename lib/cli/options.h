// What a command line says, by a program's table of options, and the frame of every main().
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/cli/program.h"

namespace vtp {

// The command line asks for something that cannot be; what() says what, in one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  // Several things that cannot be, at least one: what() is the first.
  explicit UsageError(std::vector<std::string> problems)
      : std::runtime_error(problems.front()), others_(problems.begin() + 1, problems.end()) {}

  [[nodiscard]] const std::vector<std::string>& others() const { return others_; }

 private:
  std::vector<std::string> others_;
};

// An option and its value, as given.
struct Given {
  std::string name;      // the long name that the option is known by
  std::string value;     // a flag's is true or false
  std::string location;  // what messages call it: "--keep", or in a file "FILE:12: keep"
};

// What a command line says, and the files of options (lib/config.h) that it names, where the table has
// an option `config`. Options are asked for by their long name. An option that is given twice counts
// the last time, unless all of its values are asked for. The files come before the command line, in
// order, but an option that is on the command line is passed over in them.
class CommandLine {
 public:
  // Throws UsageError for unknown options, missing values, operands where the program takes none, and
  // files that cannot be read. program must live longer.
  CommandLine(const Program& program, int argc, const char* const* argv);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  // Which of these flags was given last, of those that are set; empty: none is.
  [[nodiscard]] std::string_view last_of(std::initializer_list<std::string_view> flags) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  [[nodiscard]] const std::string& help() const { return help_; }
  [[nodiscard]] const Program& program() const { return *program_; }

  // The option's value, read by `parse` (a function from text to Result<T>), or the fallback where
  // it is not given. Throws UsageError with the option's name and, if it stands in a file, its location
  // there, if it cannot be read.
  template <class Parse, class T>
  [[nodiscard]] T value(std::string_view name, const Parse& parse, T fallback) const {
    const Given* given = last(name);
    if (!given) return fallback;
    auto result = parse(given->value);
    if (result) return T{std::move(result).value()};
    refuse(*given, result.problem());
    return fallback;
  }

  // All of the option's values, in order, each read by `parse`; as above.
  template <class Parse>
  [[nodiscard]] auto values(std::string_view name, const Parse& parse) const {
    std::vector<std::remove_cvref_t<decltype(parse(std::string_view()).value())>> out;
    for (const Given& given : given_) {
      if (given.name != name) continue;
      if (auto result = parse(given.value))
        out.push_back(std::move(result).value());
      else
        refuse(given, result.problem());
    }
    return out;
  }

  // From now on a value that cannot be read is no UsageError: it is as if it were not given, and
  // problems() has it, so that all of them can be told.
  void collect_problems() { problems_ = std::make_shared<std::vector<std::string>>(); }
  [[nodiscard]] std::vector<std::string> problems() const {
    return problems_ ? *problems_ : std::vector<std::string>{};
  }

  // The same command line, with the files of options as they are now. Throws as the constructor does, and
  // if one of them is standard input, which has been read.
  [[nodiscard]] CommandLine read_again() const;

  // The options, by their long names, that have other values here than there.
  [[nodiscard]] std::vector<std::string> changed_since(const CommandLine& before) const;

 private:
  // Throws UsageError, or keeps the problem.
  void refuse(const Given& given, const std::string& problem) const;

  [[nodiscard]] const Given* last(std::string_view name) const;

  const Program* program_;
  std::vector<std::string> arguments_;
  std::vector<Given> given_;  // in the order in which they count
  std::vector<std::string> operands_;
  std::string help_;
  std::shared_ptr<std::vector<std::string>> problems_;  // none: they are thrown
};

// How much is to be said: --verbose everything, --quiet warnings and errors, by default info too. The
// later of the two counts.
[[nodiscard]] Level level_in(const CommandLine& line);

inline constexpr int usage_status = 2;  // the exit status after a UsageError

// "brokerd (vtptools) 1.0.0"
[[nodiscard]] std::string version_text(const Program& program);

// The frame of every main(): answers --completion, --help and --version on stdout with status 0, calls `run`,
// makes sure that all of stdout was written, and turns what was thrown into one line on stderr and
// a status: 2 for a UsageError, program.failure_status for anything else.
[[nodiscard]] int run_program(const Program& program, int argc, const char* const* argv,
                              const std::function<int(const CommandLine&)>& run);

}  // namespace vtp
