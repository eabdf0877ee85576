#include "lib/cli/options.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>

#include <cxxopts.hpp>

#include "lib/base/clock.h"
#include "lib/base/settings.h"
#include "lib/base/text.h"
#include "lib/cli/arguments.h"
#include "lib/cli/completion.h"
#include "lib/cli/suggestion.h"

namespace vtp {
namespace {

constexpr const char* not_offered = "not offered";  // a group of options that --help does not show

// The names with the short one last. From anywhere else cxxopts would move it there, and of several
// long names the last one would become the option's key.
std::string short_name_last(const Option& option) {
  const Names names = names_of(option);
  std::string out;
  for (const std::string& name : names.long_names)
    out += (out.empty() ? "" : ",") + name;
  return names.short_name.empty() ? out : out + "," + names.short_name;
}

void add_to(cxxopts::OptionAdder& options, const Option& option) {
  const std::string names = short_name_last(option);
  const std::string help = option.help + (option.values != Values::one ? "; may be repeated" : "");
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
  auto others = options.add_options(not_offered);
  for (const Option& option : program.options)
    add_to(option.offered == Offered::yes ? adder : others, option);
  for (const Option& option : standard_options())
    add_to(adder, option);
  return options;
}

// The note in --help about units of time, if an option takes a length of time.
std::string units_in(const Program& program) {
  const bool some = std::ranges::any_of(program.options, [](const Option& option) {
    return option.argument == "SECONDS" || option.argument == "DAYS";
  });
  return some ? "\nDurations may have a unit: ms, s, m, h, d or w, as in 5m.\n" : "";
}

// The option that a line of a file gives.
Given given_by(const Setting& setting, const std::string& file, const Program& program) {
  const auto refused = [&](const std::string& why) {
    return UsageError(setting.location + ": " + why);
  };
  const Option* option = find_option(program.options, setting.name);
  if (setting.name == "config" || find_option(standard_options(), setting.name))
    throw refused(setting.name + " is for the command line only");
  if (!option)
    throw refused("unknown option " + shortened(setting.name) +
                  suggestion_for(program, setting.name, ""));

  const bool flag = option->argument.empty();
  Given given{names_of(*option).long_names.front(), flag ? "true" : option->implied,
              setting.location + ": " + setting.name, file};
  if (setting.value) given.value = *setting.value;
  if (flag && given.value != "true" && given.value != "false")
    throw refused(setting.name + " must be true or false");
  if (given.value.empty())
    throw refused(setting.name + " needs a value, as in " + setting.name + "=" + option->argument);
  return given;
}

// The options that the files give, except those that are on the command line. Reports all wrong
// lines.
std::vector<Given> given_in(const std::vector<std::string>& files, const Program& program,
                            const std::vector<Given>& command_line) {
  std::vector<Given> out;
  std::vector<std::string> problems;
  const auto take = [&](const Setting& setting, const std::string& file) {
    Given given = given_by(setting, file, program);
    if (std::none_of(command_line.begin(), command_line.end(),
                     [&](const Given& other) { return other.name == given.name; }))
      out.push_back(std::move(given));
  };
  for (const std::string& file : files) {
    const auto settings = read_settings(file);
    if (!settings) throw UsageError("--config: " + file + ": " + settings.problem());
    for (const Setting& setting : *settings)
      try {
        take(setting, file);
      } catch (const UsageError& problem) {
        problems.emplace_back(problem.what());
      }
  }
  if (!problems.empty()) throw UsageError(std::move(problems));
  return out;
}

// Writes an error in the form of the tools: "NAME: message".
void complain(const Program& program, std::string_view message) {
  Diagnostics(program.name, LineStyle::tool, Level::error, Clock{}).error("{}", message);
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
      std::puts(version_text(program).c_str());
      return 0;
    }
    if (line.text("completion")) {
      const Shell shell = line.value("completion", parse_shell, Shell::bash);
      std::fputs(completion_script(program, shell).c_str(), stdout);
      return 0;
    }
    return run(line);
  } catch (const UsageError& error) {
    const std::string see = " (see " + program.name + " --help)";
    complain(program, error.what() + see);
    for (const std::string& problem : error.others())
      complain(program, problem + see);
    return usage_status;
  } catch (const std::exception& error) {
    complain(program, error.what());
    return program.failure_status;
  }
}

}  // namespace

std::string version_number() { return VTP_VERSION; }

std::string version_text(const Program& program) {
  return program.name + " (vtptools) " + version_number();
}

CommandLine::CommandLine(const Program& program, int argc, const char* const* argv)
    : program_(&program), arguments_(argv, argv + argc) {
  cxxopts::Options options = described(program);
  help_ = options.help({""}) + units_in(program);
  const auto arguments = arguments_in(program, std::span(argv, static_cast<std::size_t>(argc)));
  if (!arguments) throw UsageError(arguments.problem());
  std::vector<const char*> pointers;
  for (const std::string& argument : *arguments)
    pointers.push_back(argument.c_str());
  try {
    const cxxopts::ParseResult parsed =
        options.parse(static_cast<int>(pointers.size()), pointers.data());
    for (const cxxopts::KeyValue& argument : parsed.arguments())
      given_.push_back({argument.key(), argument.value(), "--" + argument.key(), ""});
    operands_ = parsed.unmatched();
  } catch (const std::exception& error) {
    throw UsageError(error.what());
  }
  if (!operands_.empty() && program.operands.empty())
    throw UsageError("unexpected argument " + operands_.front());
  std::vector<Given> in_files = given_in(all("config"), program, given_);
  given_.insert(given_.begin(), std::make_move_iterator(in_files.begin()),
                std::make_move_iterator(in_files.end()));
}

bool CommandLine::has(std::string_view name) const {
  const Given* given = last(name);
  return given && given->value != "false";
}

std::optional<std::string> CommandLine::text(std::string_view name) const {
  const Given* given = last(name);
  return given ? std::optional(given->value) : std::nullopt;
}

std::vector<std::string> CommandLine::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const Given& given : given_)
    if (given.name == name) out.push_back(given.value);
  return out;
}

std::vector<std::string> CommandLine::files_with(
    std::string_view name, const std::function<bool(const std::string&)>& is_wanted) const {
  std::vector<std::string> files;
  for (const Given& given : given_)
    if (given.name == name && !given.file.empty() && is_wanted(given.value) &&
        std::ranges::find(files, given.file) == files.end())
      files.push_back(given.file);
  return files;
}

CommandLine CommandLine::read_again() const {
  for (const std::string& file : all("config")) {
    if (file == "-") throw UsageError("--config=-: standard input cannot be read again");
    // Opening a FIFO would wait for a writer.
    std::error_code error;
    if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
      throw UsageError("--config=" + file + ": not a regular file, so it cannot be read again");
  }
  std::vector<const char*> arguments;
  for (const std::string& argument : arguments_)
    arguments.push_back(argument.c_str());
  return {*program_, static_cast<int>(arguments.size()), arguments.data()};
}

std::vector<std::string> CommandLine::changed_since(const CommandLine& before) const {
  std::vector<std::string> names;
  for (const CommandLine* line : {&before, this})
    for (const Given& given : line->given_)
      if (all(given.name) != before.all(given.name) &&
          std::find(names.begin(), names.end(), given.name) == names.end())
        names.push_back(given.name);
  return names;
}

void CommandLine::refuse(const Given& given, const std::string& problem) const {
  const std::string text = given.location + ": " + problem;
  if (!problems_) throw UsageError(text);
  problems_->push_back(text);
}

const Given* CommandLine::last(std::string_view name) const {
  const auto given = std::find_if(given_.rbegin(), given_.rend(),
                                  [&](const Given& each) { return each.name == name; });
  return given == given_.rend() ? nullptr : &*given;
}

std::string_view CommandLine::last_of(std::initializer_list<std::string_view> flags) const {
  for (auto given = given_.rbegin(); given != given_.rend(); ++given)
    for (const std::string_view flag : flags)
      if (given->name == flag && has(flag)) return flag;
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
