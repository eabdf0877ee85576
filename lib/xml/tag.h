// A start tag as the parser hands it on: names looked up, namespaces resolved. All text is UTF-8
// and lives as long as the call that it is handed to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/xml/name.h"

namespace vtp {

// The namespaces that matter: none, that of the document's root, XML Schema's two, and any other.
enum class Space : std::uint8_t { none, root, instance, xml_schema, other };

struct TagAttribute {
  Name name = Name::unknown;
  Space space = Space::none;
  const char* local_name = "";  // ends in a NUL; its length is seldom asked for
  std::string_view raw_value;   // as libxml2 hands it on: every & is written &#38;

  // The value itself; in `scratch` only if it has to be changed.
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
  Space type_space = Space::none;  // of the prefix in an xsi:type attribute; `other` if unknown
};

}  // namespace vtp
