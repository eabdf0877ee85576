#include "lib/options.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include <cxxopts.hpp>

#include "lib/clock.h"

namespace vtp {
namespace {

constexpr int usage_status = 2;

// The short name last: the library would move it there from anywhere else, and where there are several
// long ones the last of them would become the one that the option is known by.
std::string short_name_last(const Option& option) {
  const Names names = names_of(option);
  std::string out;
  for (const std::string& name : names.long_names)
    out += (out.empty() ? "" : ",") + name;
  return names.short_name.empty() ? out : out + "," + names.short_name;
}

void add_to(cxxopts::OptionAdder& options, const Option& option) {
  const std::string names = short_name_last(option);
  const std::string help = option.help + (option.values == Values::many ? "; may be repeated" : "");
  if (option.argument.empty()) {
    options(names, help, cxxopts::value<bool>());
    return;
  }
  auto value = cxxopts::value<std::string>();
  if (!option.implied.empty()) value->implicit_value(option.implied);
  options(names, help, value, option.argument);
}

cxxopts::Options described(const Program& program) {
  cxxopts::Options options(program.name, program.name + " - " + program.purpose + "\n");
  options.custom_help("[OPTION…]" + (program.operands.empty() ? "" : " " + program.operands));
  auto adder = options.add_options();
  for (const Option& option : program.options)
    add_to(adder, option);
  for (const Option& option : standard_options())
    add_to(adder, option);
  return options;
}

// `--receive tcp:8098` looks right and is not: a value that may be left out can only follow a =.
std::string hint_for_implied(const Program& program) {
  for (const Option& option : program.options)
    if (!option.implied.empty()) {
      const std::string name = names_of(option).long_names.front();
      return "; a value for --" + name + " follows a =, as in --" + name + "=" + option.implied;
    }
  return "";
}

// Says it as the tools do: "NAME: message".
void complain(const Program& program, std::string_view message) {
  Log(program.name, LineStyle::tool, Level::error, Clock{}).error("{}", message);
}

int guarded_run(const Program& program, int argc, const char* const* argv,
                const std::function<int(const CommandLine&)>& run) {
  try {
    const CommandLine line(program, argc, argv);
    if (line.has("help")) {
      std::fputs(line.help().c_str(), stdout);
      return 0;
    }
    if (line.has("version")) {
      std::printf("%s (vtptools) %s\n", program.name.c_str(), VTP_VERSION);
      return 0;
    }
    return run(line);
  } catch (const UsageError& error) {
    complain(program, std::string(error.what()) + " (see " + program.name + " --help)");
    return usage_status;
  } catch (const std::exception& error) {
    complain(program, error.what());
    return program.failure_status;
  }
}

}  // namespace

CommandLine::CommandLine(const Program& program, int argc, const char* const* argv) {
  cxxopts::Options options = described(program);
  help_ = options.help();
  try {
    const cxxopts::ParseResult parsed = options.parse(argc, argv);
    for (const cxxopts::KeyValue& argument : parsed.arguments())
      given_.emplace_back(argument.key(), argument.value());
    operands_ = parsed.unmatched();
  } catch (const std::exception& error) {
    throw UsageError(error.what());
  }
  if (!operands_.empty() && program.operands.empty())
    throw UsageError("unexpected argument " + operands_.front() + hint_for_implied(program));
}

bool CommandLine::has(std::string_view name) const {
  const auto last = text(name);
  return last && *last != "false";
}

std::optional<std::string> CommandLine::text(std::string_view name) const {
  const auto values = all(name);
  return values.empty() ? std::nullopt : std::optional(values.back());
}

std::vector<std::string> CommandLine::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [given, value] : given_)
    if (given == name) out.push_back(value);
  return out;
}

std::string_view CommandLine::last_of(std::initializer_list<std::string_view> flags) const {
  for (auto given = given_.rbegin(); given != given_.rend(); ++given)
    for (const std::string_view flag : flags)
      if (given->first == flag && has(flag)) return flag;
  return {};
}

Level level_in(const CommandLine& line) {
  const std::string_view said = line.last_of({"quiet", "verbose"});
  if (said.empty()) return Level::info;
  return said == "quiet" ? Level::warning : Level::debug;
}

int run_program(const Program& program, int argc, const char* const* argv,
                const std::function<int(const CommandLine&)>& run) {
  const int status = guarded_run(program, argc, argv, run);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  complain(program, "cannot write to standard output");
  return std::max(status, program.failure_status);
}

}  // namespace vtp
