#include "lib/cli/completion.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vtp {
namespace {

// How to tell each shell what a value can be; empty: unknown.
struct Offer {
  std::string bash;  // for compgen
  std::string zsh;   // an action of _arguments
};

Offer offer_for(std::string_view argument) {
  if (argument == "FILE") return {"-f", "_files"};
  if (argument == "DIR") return {"-d", "_files -/"};
  if (argument == "COMMAND") return {"-c", "_command_names -e"};
  if (argument == "HOST") return {"-A hostname", "_hosts"};
  if (argument.find('|') == std::string_view::npos) return {};
  std::string words(argument);
  std::replace(words.begin(), words.end(), '|', ' ');
  return {"-W '" + words + "'", "(" + words + ")"};
}

// The operand's name in the text that --help shows for operands: FILE in "[FILE…]".
std::string operand_of(const Program& program) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto begin = std::find_if(program.operands.begin(), program.operands.end(), upper);
  return {begin, std::find_if_not(begin, program.operands.end(), upper)};
}

std::vector<Option> offered_options(const Program& program) {
  std::vector<Option> options = program.options;
  std::erase_if(options, [](const Option& option) { return option.offered == Offered::no; });
  return options;
}

std::vector<Option> all_options(const Program& program) {
  std::vector<Option> options = offered_options(program);
  options.insert(options.end(), standard_options().begin(), standard_options().end());
  return options;
}

// For bash.

// The patterns for `case` that match the option before a value: its names, with a = if one follows.
std::string bash_patterns(const Option& option) {
  const Names names = names_of(option);
  std::vector<std::string> patterns;
  const bool may_follow = option.implied.empty();  // an optional value can only follow a =
  if (may_follow && !names.short_name.empty()) patterns.push_back("-" + names.short_name);
  for (const std::string& name : names.long_names) {
    if (may_follow) patterns.push_back("--" + name);
    patterns.push_back("--" + name + "=");
  }
  return fmt::format("{}", fmt::join(patterns, " | "));
}

// One branch per option with a value: what to offer for the value.
std::string bash_branches(const Program& program) {
  std::string out;
  for (const Option& option : all_options(program)) {
    if (option.argument.empty()) continue;
    const std::string offer = offer_for(option.argument).bash;
    out += "    " + bash_patterns(option) + ") " + (offer.empty() ? "" : "offer=(" + offer + ") ") +
           ";;\n";
  }
  return out;
}

// What to offer where no value is expected: options, or operands if the program takes any.
std::string bash_otherwise(const Program& program) {
  std::vector<std::string> words;
  for (const Option& option : all_options(program)) {
    const std::string name = "--" + names_of(option).long_names.front();
    if (option.argument.empty() || !option.implied.empty()) words.push_back(name);
    if (!option.argument.empty()) words.push_back(name + "=");
  }
  const std::string options = fmt::format("offer=(-W '{}')", fmt::join(words, " "));
  if (program.operands.empty()) return options;
  return fmt::format("if [[ $current == -* ]]; then {}; else offer=({}); fi", options,
                     offer_for(operand_of(program)).bash);
}

// Each @NAME@ is a marker that is replaced.
constexpr std::string_view bash_script =
    R"(# Completes the command lines of @NAME@ in bash; made by @NAME@ --completion=bash.
_@NAME@() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \t\n'
  local option=$before prefix='' offer=()
  COMPREPLY=()
  # --name=value is three words where COMP_WORDBREAKS has the =, as it does by default, and else one.
  if [[ " ${COMP_WORDS[*]:1:COMP_CWORD-1} " == *' -- '* ]]; then
    option=--
  elif [[ $current == = ]]; then
    option=$before= current=''
  elif [[ $before == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}=
  elif [[ $current == --*=* ]]; then
    prefix=${current%%=*}= option=${current%%=*}= current=${current#*=}
  fi
  case $option in
@BRANCHES@    [=:]* | *=) ;; # within a value of which nothing is known
    --) offer=(@OPERANDS@) ;;
    *) @OTHERWISE@ ;;
  esac
  ((${#offer[@]})) || return 0
  [[ ${offer[0]} != -[fd] ]] || compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -P "$prefix" "${offer[@]}" -- "$current")
  [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}
complete -F _@NAME@ @NAME@
)";

std::string filled_in(std::string_view text,
                      const std::vector<std::pair<std::string_view, std::string>>& markers) {
  std::string out(text);
  for (const auto& [marker, what] : markers)
    for (auto at = out.find(marker); at != std::string::npos;
         at = out.find(marker, at + what.size()))
      out.replace(at, marker.size(), what);
  return out;
}

std::string script_for_bash(const Program& program) {
  return filled_in(bash_script, {{"@NAME@", program.name},
                                 {"@BRANCHES@", bash_branches(program)},
                                 {"@OTHERWISE@", bash_otherwise(program)},
                                 {"@OPERANDS@", offer_for(operand_of(program)).bash}});
}

// For zsh: see _arguments in zshcompsys(1).

std::string zsh_quoted(const std::string& text) {
  return "'" + filled_in(text, {{"'", R"('\'')"}}) + "'";
}

std::string zsh_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"([]:\)").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_message(std::string_view argument) {
  std::string out;
  for (const char c : argument)
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return zsh_escaped(out);
}

// What follows an option: ":description:action"; the action " " only shows the description.
std::string zsh_value(const Option& option) {
  if (option.argument.empty()) return "";
  const std::string action = offer_for(option.argument).zsh;
  return (option.implied.empty() ? ":" : "::") + zsh_message(option.argument) + ":" +
         (action.empty() ? " " : action);
}

// The same for operands, for which the action " " would prevent zsh from completing options.
std::string zsh_operands(const std::string& operand) {
  const std::string message = zsh_message(operand), action = offer_for(operand).zsh;
  return "*:" + message + ":" + (action.empty() ? "_guard \"^-*\" " + message : action);
}

// What is no longer offered once the option is on the line: its own names unless it may be
// repeated, and everything if it prints something and stops.
std::string zsh_exclusion(const Option& option, bool stops) {
  if (stops) return "(- *)";
  if (option.values != Values::one) return "*";
  const Names names = names_of(option);
  std::string out = names.short_name.empty() ? "" : "-" + names.short_name + " ";
  return "(" + out + fmt::format("--{}", fmt::join(names.long_names, " --")) + ")";
}

// One line per name; zsh shows only the first long name and the short one.
std::string zsh_specs(const Option& option, bool stops) {
  const bool flag = option.argument.empty(), implied = !option.implied.empty();
  const std::string exclusion = zsh_exclusion(option, stops);
  const std::string help = "[" + zsh_escaped(option.help) + "]";
  const std::string value = zsh_value(option);
  std::string out;
  const auto add = [&](const std::string& spec) { out += "    " + zsh_quoted(spec) + " \\\n"; };

  const Names names = names_of(option);
  if (!names.short_name.empty())
    add(exclusion + "-" + names.short_name + (flag || implied ? help : "+" + help + value));
  const std::string rest = (flag ? "" : implied ? "=-" : "=") + help + value;
  for (const std::string& name : names.long_names)
    add((name == names.long_names.front() ? "" : "!") + exclusion + "--" + name + rest);
  return out;
}

// Markers as above. If zsh autoloads the script from a file, the script is the function's first
// call.
constexpr std::string_view zsh_script = R"(#compdef @NAME@
# Completes the command lines of @NAME@ in zsh; made by @NAME@ --completion=zsh.
_@NAME@() {
  _arguments -s -S \
@SPECS@
}
if [[ $funcstack[1] == _@NAME@ ]]; then
  _@NAME@ "$@"
else
  compdef _@NAME@ @NAME@
fi
)";

std::string script_for_zsh(const Program& program) {
  std::string specs;
  for (const Option& option : offered_options(program))
    specs += zsh_specs(option, false);
  for (const Option& option : standard_options())
    specs += zsh_specs(option, true);
  if (const std::string operand = operand_of(program); !operand.empty())
    specs += "    " + zsh_quoted(zsh_operands(operand)) + " \\\n";
  specs.resize(specs.size() - std::string_view(" \\\n").size());
  return filled_in(zsh_script, {{"@NAME@", program.name}, {"@SPECS@", specs}});
}

}  // namespace

Result<Shell> parse_shell(std::string_view text) {
  if (text == "bash") return Shell::bash;
  if (text == "zsh") return Shell::zsh;
  return Problem{fmt::format("{} is not a supported shell; use bash or zsh", text)};
}

std::string completion_script(const Program& program, Shell shell) {
  return shell == Shell::bash ? script_for_bash(program) : script_for_zsh(program);
}

}  // namespace vtp
