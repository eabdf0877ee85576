#include "lib/base/settings.h"

#include <string_view>

#include <fmt/format.h>

#include "lib/base/input_file.h"

namespace vtp {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r";
  const auto begin = text.find_first_not_of(white);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

// Takes the first line off the text; returns it without its line feed.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

Setting setting_in(std::string_view line, std::string location) {
  const auto equals = line.find('=', 1);
  Setting setting{std::move(location), std::string(trimmed(line.substr(0, equals))), std::nullopt};
  if (equals != std::string_view::npos) setting.value = trimmed(line.substr(equals + 1));
  return setting;
}

}  // namespace

Result<std::vector<Setting>> read_settings(const std::string& file) {
  const auto bytes = read_file(file, max_settings_size);
  if (!bytes) return Problem{bytes.problem()};
  if (bytes->find('\0') != std::string::npos) return Problem{"is not text: it has NUL bytes"};
  std::vector<Setting> settings;
  std::string_view rest = *bytes;
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = trimmed(take_line(rest));
    if (!line.empty() && line.front() != '#')
      settings.push_back(setting_in(line, fmt::format("{}:{}", file, number)));
  }
  return settings;
}

}  // namespace vtp
