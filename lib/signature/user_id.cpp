#include "lib/signature/user_id.h"

#include "lib/voevent/ivoid.h"

namespace vtp {
namespace {

constexpr auto none = std::string_view::npos;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == none) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

bool is_author(std::string_view text, const Ivoid& author) {
  const auto id = parse_ivoid(trimmed(text));
  return id && same_ivoid(*id, author);
}

// "NAME", "(COMMENT)", or both.
bool is_before_address(std::string_view text, const Ivoid& author) {
  if (is_author(text, author)) return true;
  if (!text.ends_with(')')) return false;
  // Both may have parentheses in them, as IVOIDs may.
  for (std::size_t open = text.find('('); open != none; open = text.find('(', open + 1))
    if (is_author(text.substr(open + 1, text.size() - open - 2), author) ||
        is_author(text.substr(0, open), author))
      return true;
  return false;
}

}  // namespace

bool names_author(std::string_view user_id, std::string_view author_text) {
  const auto author = parse_ivoid(author_text);
  if (!author || user_id.size() > longest_user_id) return false;
  const std::string_view text = trimmed(user_id);
  const std::size_t open = text.rfind('<');
  if (!text.ends_with('>') || open == none) return is_before_address(text, *author);
  return is_author(text.substr(open + 1, text.size() - open - 2), *author) ||
         is_before_address(trimmed(text.substr(0, open)), *author);
}

}  // namespace vtp
