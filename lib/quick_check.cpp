#include "lib/quick_check.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/schema.h"

namespace vtp {
namespace {

// Beyond these everything is in doubt; far below what a parser's own limits are.
constexpr std::size_t most_bytes = 1024 * 1024;
constexpr std::size_t most_depth = 64;
constexpr std::size_t most_attributes = 32;  // of one element
constexpr std::size_t most_namespaces = 16;  // in scope

// What a byte may be.
enum : std::uint8_t {
  name_start = 1,
  name_more = 2,
  space = 4,
  uri = 8,
  // What is nothing special in a text, in an attribute's value, and in a comment or a CDATA section.
  plain_text = 16,
  plain_value = 32,
  plain_inside = 64
};

constexpr std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  for (std::size_t c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (letter || c == '_') kinds[c] |= name_start;
    if (letter || digit || c == '_' || c == '-' || c == '.') kinds[c] |= name_more | uri;
    if (c == '/') kinds[c] |= uri;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') kinds[c] |= space;
    if (c < 0x20 && (kinds[c] & space) == 0) continue;
    if (c != '<' && c != '&' && c != ']') kinds[c] |= plain_text;
    if (c != '<' && c != '&' && c != '"' && c != '\'') kinds[c] |= plain_value;
    if (c != '-' && c != ']') kinds[c] |= plain_inside;
  }
  return kinds;
}

constexpr auto kinds = make_kinds();

bool is(char c, std::uint8_t kind) { return (kinds[static_cast<unsigned char>(c)] & kind) != 0; }

bool is_xml_character(std::uint32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

struct Name {
  std::string_view prefix;  // empty if there is none
  std::string_view local;

  bool operator==(const Name&) const = default;
};

struct Attribute {
  Name name;
  std::string_view value;  // as it is written
};

struct Namespace {
  std::string_view prefix;  // empty: the default
  std::string_view uri;     // empty: none any more
  std::size_t depth;        // of the element that declares it
};

// One pass over a document. Every function takes what it is named for from the front of what is
// left, and gives false where that is not there, or is in doubt.
class Pass {
 public:
  explicit Pass(std::string_view document) : left_(document) {}

  bool document() {
    if (!declaration() || !between_tags() || !start_tag()) return false;
    while (depth_ > 0)
      if (!content()) return false;
    return between_tags() && left_.empty();
  }

  [[nodiscard]] const PlainEvent& event() const { return event_; }

 private:
  // XML 1.0, section 2.8, with an encoding that is none but UTF-8.
  bool declaration() {
    if (!take("<?xml")) return true;
    std::string_view value;
    if (!spaces() || !part("version", value) || value != "1.0") return false;
    bool more = spaces();
    if (more && part("encoding", value)) {
      if (value != "UTF-8" && value != "utf-8") return false;
      more = spaces();
    }
    if (more && part("standalone", value)) {
      if (value != "yes" && value != "no") return false;
      spaces();
    }
    return take("?>");
  }

  bool part(std::string_view name, std::string_view& value) {
    return take(name) && attribute_value(value);
  }

  // White space and comments, before and after the root.
  bool between_tags() {
    spaces();
    while (take("<!--")) {
      if (!up_to("--") || !take(">")) return false;
      spaces();
    }
    return true;
  }

  bool content() {
    if (!text()) return false;
    if (left_.starts_with("</")) return end_tag();
    if (take("<!--")) return up_to("--") && take(">");
    if (take("<![CDATA[")) return up_to("]]>");
    return start_tag();
  }

  bool start_tag() {
    if (!take("<") || depth_ == most_depth) return false;
    const std::string_view before = left_;
    Name name;
    if (!take_name(name)) return false;
    open_[depth_++] = before.substr(0, before.size() - left_.size());
    count_ = 0;
    has_namespaces_ = false;
    while (spaces() && !left_.starts_with('>') && !left_.starts_with('/'))
      if (count_ == most_attributes || !attribute(attributes_[count_++])) return false;
    if (!attributes_differ()) return false;
    if (has_namespaces_ && (!declare() || !prefixes_are_declared())) return false;
    if (!name.prefix.empty() && !namespace_of(name.prefix)) return false;
    if (depth_ == 1 && !root(name)) return false;
    if (take("/>")) {
      close();
      return true;
    }
    return take(">");
  }

  bool end_tag() {
    if (!take("</") || !take(open_[depth_ - 1])) return false;
    spaces();
    close();
    return take(">");
  }

  bool attribute(Attribute& attribute) {
    if (!take_name(attribute.name)) return false;
    if (!attribute.name.prefix.empty() || attribute.name.local == "xmlns") has_namespaces_ = true;
    return attribute_value(attribute.value);
  }

  bool attribute_value(std::string_view& value) {
    spaces();
    if (!take("=")) return false;
    spaces();
    if (left_.empty() || (left_[0] != '"' && left_[0] != '\'')) return false;
    const char quote = left_[0];
    left_.remove_prefix(1);
    const std::string_view before = left_;
    while (true) {
      characters(plain_value);
      if (left_.empty() || left_[0] == '<') return false;
      if (left_[0] == quote) break;
      if (left_[0] == '&' ? !reference() : !one_character()) return false;
    }
    value = before.substr(0, before.size() - left_.size());
    left_.remove_prefix(1);
    return true;
  }

  // Up to the next tag.
  bool text() {
    while (true) {
      characters(plain_text);
      if (left_.empty() || left_.starts_with("]]>")) return false;
      if (left_[0] == '<') return true;
      if (left_[0] == '&' ? !reference() : !one_character()) return false;
    }
  }

  // Any characters, and then that.
  bool up_to(std::string_view end) {
    while (!take(end)) {
      if (left_.empty()) return false;
      const std::size_t before = left_.size();
      characters(plain_inside);
      if (left_.size() == before && !one_character()) return false;
    }
    return true;
  }

  // As many as are of that kind.
  void characters(std::uint8_t kind) {
    std::size_t count = 0;
    while (count < left_.size() && is(left_[count], kind))
      ++count;
    left_.remove_prefix(count);
  }

  // One that is special elsewhere, or not in ASCII (RFC 3629).
  bool one_character() {
    const auto first = static_cast<unsigned char>(left_[0]);
    if (first < 0x80) {
      if (first < 0x20) return false;
      left_.remove_prefix(1);
      return true;
    }
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || left_.size() < size) return false;
    std::uint32_t character = first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      const auto next = static_cast<unsigned char>(left_[i]);
      if ((next & 0xC0) != 0x80) return false;
      character = character << 6 | (next & 0x3FU);
    }
    if ((size == 3 && character < 0x800) || (size == 4 && character < 0x10000)) return false;
    left_.remove_prefix(size);
    return is_xml_character(character);
  }

  bool reference() {
    for (const std::string_view known : {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"})
      if (take(known)) return true;
    if (!take("&#")) return false;
    const std::uint32_t base = take("x") ? 16 : 10;
    std::uint32_t character = 0;
    std::size_t digits = 0;
    for (; !left_.empty() && left_[0] != ';'; left_.remove_prefix(1)) {
      const char c = left_[0];
      const bool letter = base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
      if (!letter && (c < '0' || c > '9')) return false;
      character =
          character * base + static_cast<std::uint32_t>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
      if (++digits > 6) return false;
    }
    return digits > 0 && take(";") && is_xml_character(character);
  }

  // Namespaces in XML 1.0, section 4.
  bool take_name(Name& name) {
    std::string_view first;
    if (!take_part(first)) return false;
    name = {{}, first};
    if (!take(":")) return true;
    name.prefix = first;
    return take_part(name.local);
  }

  bool take_part(std::string_view& part) {
    if (left_.empty() || !is(left_[0], name_start)) return false;
    std::size_t count = 1;
    while (count < left_.size() && is(left_[count], name_more))
      ++count;
    part = left_.substr(0, count);
    left_.remove_prefix(count);
    return true;
  }

  // No two have one name. Of two with one local part and a prefix each, the namespaces may be the
  // same.
  bool attributes_differ() {
    for (std::size_t i = 1; i < count_; ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const Name& one = attributes_[i].name;
        const Name& other = attributes_[j].name;
        if (one.local.front() == other.local.front() && one.local == other.local &&
            one.prefix.empty() == other.prefix.empty())
          return false;
      }
    return true;
  }

  bool declare() {
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& [name, value] = attributes_[i];
      const bool is_default = name == Name{{}, "xmlns"};
      if (!is_default && name.prefix != "xmlns") continue;
      const std::string_view prefix = is_default ? std::string_view() : name.local;
      if (namespaces_ == most_namespaces || prefix.starts_with("xml")) return false;
      if (!is_plain_uri(value) && !(is_default && value.empty())) return false;
      scope_[namespaces_++] = {prefix, value, depth_};
    }
    return true;
  }

  // Not those of XML itself, of which not everybody may make use.
  static bool is_plain_uri(std::string_view text) {
    constexpr std::string_view scheme = "http://";
    if (text == "http://www.w3.org/XML/1998/namespace" || text == "http://www.w3.org/2000/xmlns/")
      return false;
    return text.starts_with(scheme) && text.size() > scheme.size() &&
           is(text[scheme.size()], name_start) &&
           std::ranges::all_of(text.substr(scheme.size()), [](char c) { return is(c, uri); });
  }

  bool prefixes_are_declared() {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::string_view prefix = attributes_[i].name.prefix;
      if (!prefix.empty() && prefix != "xmlns" && !namespace_of(prefix)) return false;
    }
    return true;
  }

  [[nodiscard]] std::optional<std::string_view> namespace_of(std::string_view prefix) const {
    for (std::size_t i = namespaces_; i > 0; --i)
      if (scope_[i - 1].prefix == prefix) return scope_[i - 1].uri;
    return std::nullopt;
  }

  bool root(const Name& name) {
    const auto uri = namespace_of(name.prefix);
    if (name.local != "VOEvent" || !uri || !is_voevent_namespace(*uri)) return false;
    event_.role = "observation";
    for (std::size_t i = 0; i < count_; ++i) {
      if (attributes_[i].name == Name{{}, "ivorn"}) event_.ivorn = attributes_[i].value;
      if (attributes_[i].name == Name{{}, "role"}) event_.role = attributes_[i].value;
    }
    return !event_.ivorn.empty() && is_plain_value(event_.ivorn) && is_plain_value(event_.role);
  }

  // It says what is written.
  static bool is_plain_value(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return c == '&' || is(c, space); });
  }

  void close() {
    while (namespaces_ > 0 && scope_[namespaces_ - 1].depth == depth_)
      --namespaces_;
    --depth_;
  }

  bool spaces() {
    std::size_t count = 0;
    while (count < left_.size() && is(left_[count], space))
      ++count;
    left_.remove_prefix(count);
    return count > 0;
  }

  bool take(std::string_view token) {
    if (!left_.starts_with(token)) return false;
    left_.remove_prefix(token.size());
    return true;
  }

  std::string_view left_;
  PlainEvent event_;
  std::array<std::string_view, most_depth> open_;  // the elements' names, with their prefixes
  std::size_t depth_ = 0;
  std::array<Attribute, most_attributes> attributes_;  // of the last start tag
  std::size_t count_ = 0;
  bool has_namespaces_ = false;  // some of them have a prefix, or declare one
  std::array<Namespace, most_namespaces> scope_;
  std::size_t namespaces_ = 0;
};

}  // namespace

std::optional<PlainEvent> plain_event(std::string_view document) {
  if (document.size() > most_bytes) return std::nullopt;
  Pass pass(document);
  if (!pass.document()) return std::nullopt;
  return pass.event();
}

}  // namespace vtp
