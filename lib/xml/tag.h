// A start tag as the parser passes it to its handler: names looked up, namespaces resolved. All
// text is UTF-8 and is valid only during the call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/xml/name.h"

namespace vtp {

// The namespaces that are told apart: none, that of the document's root, the two of XML Schema
// (XMLSchema-instance and XMLSchema), and any other.
enum class Space : std::uint8_t { none, root, instance, xml_schema, other };

struct TagAttribute {
  Name name = Name::unknown;
  Space space = Space::none;
  const char* local_name = "";  // ends with a NUL; its length is rarely needed
  std::string_view raw_value;   // as libxml2 passes it: every & is written &#38;

  // The value with each &#38; replaced by &; uses `scratch` only if there is one.
  [[nodiscard]] std::string_view value(std::string& scratch) const {
    constexpr std::string_view escaped = "#38;";
    if (raw_value.find('&') == std::string_view::npos) return raw_value;
    scratch.clear();
    for (std::string_view rest = raw_value; !rest.empty();) {
      const auto end = std::min(rest.find('&'), rest.size() - 1) + 1;
      scratch += rest.substr(0, end);
      rest.remove_prefix(end);
      if (scratch.back() == '&' && rest.starts_with(escaped)) rest.remove_prefix(escaped.size());
    }
    return scratch;
  }
};

struct Tag {
  Name name = Name::unknown;
  Space space = Space::none;
  const char* local_name = "";
  std::span<const TagAttribute> attributes;
  Space type_space = Space::none;  // of the prefix in the value of xsi:type; `other` if unknown
};

}  // namespace vtp
