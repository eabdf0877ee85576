// Parses a command line by a program's table of options; and the frame of every main().
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

#include "lib/base/diagnostics.h"
#include "lib/base/result.h"
#include "lib/cli/program.h"

namespace vtp {

// An error in the command line; what() is one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  // One or more errors: what() is the first, others() has the rest.
  explicit UsageError(std::vector<std::string> problems)
      : std::runtime_error(problems.front()), others_(problems.begin() + 1, problems.end()) {}

  [[nodiscard]] const std::vector<std::string>& others() const { return others_; }

 private:
  std::vector<std::string> others_;
};

// An option and its value, as given.
struct Given {
  std::string name;      // the option's first long name
  std::string value;     // for a flag: true or false
  std::string location;  // how messages name it: "--keep", or in a file "FILE:12: keep"
  std::string file;      // of options (--config) that it stands in; empty: on the command line
};

// A parsed command line, with the options from the files that it names (settings.h), if the program's
// table has an option `config`. Options are looked up by their first long name. If an option is
// given twice, the last value counts, except in all() and values(). Files count as before the
// command line, in order; an option that is on the command line is ignored in them.
class CommandLine {
 public:
  // Throws UsageError for unknown options, missing values, operands if the program takes none, and
  // files that cannot be read. program must outlive this.
  CommandLine(const Program& program, int argc, const char* const* argv);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  // The files of options that give this one with a value for which `is_wanted` is true, each once.
  [[nodiscard]] std::vector<std::string> files_with(
      std::string_view name, const std::function<bool(const std::string&)>& is_wanted) const;
  // The flag that was given last, of those among `flags` that are set; empty if none is set.
  [[nodiscard]] std::string_view last_of(std::initializer_list<std::string_view> flags) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  [[nodiscard]] const std::string& help() const { return help_; }
  [[nodiscard]] const Program& program() const { return *program_; }

  // The option's value, parsed by `parse` (a function from text to Result<T>), or the fallback if
  // it is not given. Throws UsageError if `parse` rejects the value; the message has the option's
  // name and, for an option in a file, its location there.
  template <class Parse, class T>
  [[nodiscard]] T value(std::string_view name, const Parse& parse, T fallback) const {
    const Given* given = last(name);
    if (!given) return fallback;
    auto result = parse(given->value);
    if (result) return T{std::move(result).value()};
    refuse(*given, result.problem());
    return fallback;
  }

  // All values of the option, in order, each parsed by `parse`; errors as above.
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

  // From now on a value that `parse` rejects throws no UsageError: it counts as not given, and its
  // message is added to problems(), so that all of them can be reported together.
  void collect_problems() { problems_ = std::make_shared<std::vector<std::string>>(); }
  [[nodiscard]] std::vector<std::string> problems() const {
    return problems_ ? *problems_ : std::vector<std::string>{};
  }

  // The same command line, with the files of options read again. Throws as the constructor does,
  // and also if one of them is not a regular file, such as standard input, which cannot be read
  // twice.
  [[nodiscard]] CommandLine read_again() const;

  // The first long names of the options whose values differ from those in `before`.
  [[nodiscard]] std::vector<std::string> changed_since(const CommandLine& before) const;

 private:
  // Throws UsageError, or adds to the problems after collect_problems().
  void refuse(const Given& given, const std::string& problem) const;

  [[nodiscard]] const Given* last(std::string_view name) const;

  const Program* program_;
  std::vector<std::string> arguments_;
  std::vector<Given> given_;  // a later one overrides an earlier one
  std::vector<std::string> operands_;
  std::string help_;
  std::shared_ptr<std::vector<std::string>> problems_;  // null: problems are thrown
};

// The least important level to write: debug with --verbose, warning with --quiet, info by default.
// The later of the two options counts.
[[nodiscard]] Level level_in(const CommandLine& line);

inline constexpr int usage_status = 2;  // the exit status after a UsageError

// "1.0.0"
[[nodiscard]] std::string version_number();

// "brokerd (vtptools) 1.0.0"
[[nodiscard]] std::string version_text(const Program& program);

// The frame of every main(): handles --completion, --help and --version (text on stdout, status 0),
// or else calls `run`. Checks that all of stdout was written. Reports an exception as one line on
// stderr and returns a status: 2 for a UsageError, program.failure_status for anything else.
[[nodiscard]] int run_program(const Program& program, int argc, const char* const* argv,
                              const std::function<int(const CommandLine&)>& run);

}  // namespace vtp
