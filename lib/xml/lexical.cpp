#include "lib/xml/lexical.h"

#include <algorithm>
#include <string>

#include <libxml/tree.h>
#include <libxml/uri.h>

namespace vtp {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool is_path_char(char c) {
  return is_unreserved(c) || std::string_view("/:@!$&'()*+,;=").find(c) != std::string_view::npos;
}

// A fast test that accepts nearly all identifiers in events: scheme://host/path#fragment of plain
// characters.
bool is_plain_uri(std::string_view text) {
  const auto skip = [&text](auto accepts) {
    const auto end = std::find_if_not(text.begin(), text.end(), accepts);
    const auto length = end - text.begin();
    text.remove_prefix(static_cast<std::size_t>(length));
    return length > 0;
  };
  if (!skip(is_letter) || !text.starts_with("://")) return false;
  text.remove_prefix(3);
  if (!skip(is_unreserved)) return false;
  if (text.starts_with('/')) skip(is_path_char);
  if (text.starts_with('#')) {
    text.remove_prefix(1);
    skip(is_path_char);
  }
  return text.empty();
}

}  // namespace

bool is_ncname(std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos) return false;
  const auto in_name = [](char c) { return is_unreserved(c) && c != '~'; };
  if ((is_letter(text[0]) || text[0] == '_') && std::all_of(text.begin(), text.end(), in_name))
    return true;
  const std::string copy(text);  // libxml2 needs a NUL at the end
  return xmlValidateNCName(reinterpret_cast<const xmlChar*>(copy.c_str()), 0) == 0;
}

bool is_uri_reference(std::string_view text) {
  if (is_plain_uri(text)) return true;
  std::string copy(text);
  for (char& c : copy) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f ||
        std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos)
      c = '_';
  }
  const xmlURIPtr uri = xmlParseURI(copy.c_str());
  if (uri == nullptr) return false;
  xmlFreeURI(uri);
  return true;
}

}  // namespace vtp
