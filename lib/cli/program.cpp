#include "lib/cli/program.h"

#include <algorithm>
#include <sstream>

namespace vtp {

const std::vector<Option>& standard_options() {
  static const std::vector<Option> options{
      {"completion", "bash|zsh", "print a completion script for the shell and exit", ""},
      {"help", "", "print this help and exit", ""},
      {"version", "", "print the version and exit", ""}};
  return options;
}

Names names_of(const Option& option) {
  Names names;
  std::istringstream parts(option.names);
  for (std::string name; std::getline(parts, name, ',');) {
    if (name.size() == 1)
      names.short_name = name;
    else
      names.long_names.push_back(name);
  }
  return names;
}

const Option* find_option(const std::vector<Option>& table, std::string_view name) {
  for (const Option& option : table) {
    const std::vector<std::string> names = names_of(option).long_names;
    if (std::find(names.begin(), names.end(), name) != names.end()) return &option;
  }
  return nullptr;
}

}  // namespace vtp
