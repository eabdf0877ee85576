// A start tag as the parser hands it on: names looked up, namespaces resolved. All text is UTF-8
// and lives as long as the call that it is handed to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/names.h"

namespace vtp {

// The namespaces that matter. `voevent` is that of the document's root, whatever its version.
enum class Space : std::uint8_t { none, voevent, instance, xml_schema, other };

struct TagAttribute {
  Name name = Name::unknown;
  Space space = Space::none;
  std::string_view local_name;
  std::string_view raw_value;  // as libxml2 hands it on: every & is written &#38;

  // The value itself; in `scratch` only if it has to be changed.
  [[nodiscard]] std::string_view value(std::string& scratch) const {
    constexpr std::string_view escape = "&#38;";
    auto at = raw_value.find('&');
    if (at == std::string_view::npos) return raw_value;
    scratch = raw_value;
    for (; (at = scratch.find(escape, at)) != std::string::npos; ++at)
      scratch.erase(at + 1, escape.size() - 1);
    return scratch;
  }
};

struct Tag {
  Name name = Name::unknown;
  Space space = Space::none;
  std::string_view local_name;
  std::span<const TagAttribute> attributes;
  Space type_space = Space::none;  // of the prefix in an xsi:type attribute; `other` if unknown
};

}  // namespace vtp
