#include "lib/peers/peer_words.h"

#include <utility>

#include "lib/base/text.h"

namespace vtp {
namespace {

bool is_white(char c) { return c == ' ' || c == '\t'; }

// Tabs only separate words, or are in quotes.
bool is_safe(std::string_view line) {
  std::string visible(line);
  for (char& c : visible)
    if (c == '\t') c = ' ';
  return printable(visible) == visible;
}

}  // namespace

Result<std::vector<std::string>> words_of(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!is_safe(line))
    return Problem{"contains control or invisible characters, or bytes that are not UTF-8"};
  std::vector<std::string> words;
  std::string word;
  bool within = false;  // a word has begun
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      const bool ends = c == '"' && line.substr(i + 1, 1) != "\"";
      if (c == '"' && !ends) ++i;
      if (ends)
        quoted = false;
      else
        word += c;
    } else if (is_white(c)) {
      if (std::exchange(within, false)) words.push_back(std::exchange(word, {}));
    } else if (c == '#' && !within) {
      break;
    } else {
      within = true;
      quoted = c == '"';
      if (!quoted) word += c;
    }
  }
  if (quoted) return Problem{"a quote (\") has no end"};
  if (within) words.push_back(std::move(word));
  return words;
}

}  // namespace vtp
