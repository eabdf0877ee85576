#include "lib/voevent/fast_path.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/voevent/headline.h"
#include "lib/voevent/names.h"
#include "lib/voevent/schema.h"
#include "lib/xml/scanner.h"

namespace vtp {
namespace {

// A document beyond these limits is in doubt. They are far below the limits of libxml2.
constexpr std::size_t most_bytes = 1024 * 1024;
constexpr std::size_t longest_name = 1000;  // libxml2's limit is 50,000
constexpr std::size_t most_depth = 64;
constexpr std::size_t most_attributes = 32;  // of one element
constexpr std::size_t most_namespaces = 16;  // in scope

struct QName {
  std::string_view prefix;  // empty if there is none
  std::string_view local;

  bool operator==(const QName&) const = default;
};

struct WrittenAttribute {
  QName name;
  std::string_view value;  // as written
  bool is_literal;         // it needs no decoding: no reference, no white space but blanks
};

struct Namespace {
  std::string_view prefix;  // empty: the default namespace
  std::string_view uri;     // empty: the default namespace is undeclared
  std::size_t depth;        // of the element that declares it
};

constexpr std::string_view instance_uri = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view xml_schema_uri = "http://www.w3.org/2001/XMLSchema";

// One pass over a document. Each function takes what its name says off the front of the rest, and
// returns false if it is not there, or is in doubt.
class Pass : Scanner {
 public:
  // handler: nullptr if the content is not needed; otherwise the content must be beyond doubt too.
  Pass(std::string_view document, XmlHandler* handler) : Scanner(document), handler_(handler) {}

  bool document() {
    if (!declaration() || !between_tags() || !start_tag()) return false;
    while (depth_ > 0)
      if (!content()) return false;
    return between_tags() && left().empty();
  }

  [[nodiscard]] const PlainEvent& event() const { return event_; }

 private:
  // The XML declaration (XML 1.0, section 2.8); the encoding, if given, must be UTF-8.
  bool declaration() {
    if (!take("<?xml")) return true;
    if (!spaces() || !take("version") || !one_of("1.0")) return false;
    bool more = spaces();
    if (more && take("encoding")) {
      if (!one_of("UTF-8", "utf-8")) return false;
      more = spaces();
    }
    if (more && take("standalone")) {
      if (!one_of("yes", "no")) return false;
      spaces();
    }
    return take("?>");
  }

  // A value of the declaration, which must be one of these.
  bool one_of(const auto&... accepted) {
    std::string_view value;
    bool is_literal = true;
    return attribute_value(value, is_literal) && ((value == accepted) || ...);
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
    if (left().starts_with("</")) return end_tag();
    if (take("<!--")) return up_to("--") && take(">");
    if (take("<![CDATA[")) return cdata();
    return start_tag();
  }

  bool start_tag() {
    if (!take("<") || depth_ == most_depth) return false;
    const std::string_view before = left();
    QName name;
    if (!take_name(name)) return false;
    open_[depth_++] = before.substr(0, before.size() - left().size());
    count_ = 0;
    has_namespaces_ = false;
    while (spaces() && !left().starts_with('>') && !left().starts_with('/'))
      if (count_ == most_attributes || !attribute(attributes_[count_++])) return false;
    if (!attributes_differ()) return false;
    if (has_namespaces_ && (!declare() || !prefixes_are_declared())) return false;
    if (!name.prefix.empty() && !namespace_of(name.prefix)) return false;
    if (depth_ == 1 && !root(name)) return false;
    if (handler_ != nullptr && !hand_on_tag(name)) return false;
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

  bool attribute(WrittenAttribute& attribute) {
    if (!take_name(attribute.name)) return false;
    if (!attribute.name.prefix.empty() || attribute.name.local == "xmlns") has_namespaces_ = true;
    return attribute_value(attribute.value, attribute.is_literal);
  }

  // White space in a value is read as a blank (XML 1.0, section 3.3.3).
  bool attribute_value(std::string_view& value, bool& is_literal) {
    spaces();
    if (!take("=")) return false;
    spaces();
    if (left().empty() || (left()[0] != '"' && left()[0] != '\'')) return false;
    const char quote = left()[0];
    take(left().substr(0, 1));
    const std::string_view before = left();
    is_literal = true;
    while (true) {
      characters(Kind::plain_value);
      if (left().empty() || left()[0] == '<') return false;
      if (left()[0] == quote) break;
      const bool is_reference = left()[0] == '&';
      if (is_reference || is(left()[0], Kind::space)) is_literal = false;
      if (!(is_reference ? reference() : spaces() || one_character())) return false;
    }
    value = before.substr(0, before.size() - left().size());
    take(left().substr(0, 1));
    return true;
  }

  // Text up to the next tag.
  bool text() {
    const std::string_view before = left();
    while (true) {
      characters(Kind::plain_text);
      if (left().empty() || left().starts_with("]]>")) return false;
      if (left()[0] == '<') break;
      if (left()[0] == '&' ? !reference() : !one_character()) return false;
    }
    return hand_on_text(before.substr(0, before.size() - left().size()), false);
  }

  bool cdata() {
    constexpr std::string_view end = "]]>";
    const std::string_view before = left();
    return up_to(end) &&
           hand_on_text(before.substr(0, before.size() - left().size() - end.size()), true);
  }

  // Passes text on as XmlReader does. In doubt if the text needs decoding.
  bool hand_on_text(std::string_view written, bool is_cdata) {
    if (handler_ == nullptr || (written.empty() && !is_cdata)) return true;
    if (!is_cdata && written.find('&') != std::string_view::npos) return false;
    handler_->text(written, is_cdata);
    return true;
  }

  // In doubt if a name is not in the schemas.
  bool hand_on_tag(const QName& name) {
    Tag tag;
    tag.name = name_of(name.local);
    tag.local_name = text_of(tag.name).data();
    tag.space = space_of(name.prefix);
    if (tag.name == Name::unknown) return false;
    std::size_t count = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& [written, value, is_literal] = attributes_[i];
      if (written == QName{{}, "xmlns"} || written.prefix == "xmlns") {
        if (value.empty()) return false;
        continue;
      }
      TagAttribute& attribute = tag_attributes_[count++];
      attribute.space = written.prefix.empty() ? Space::none : space_of(written.prefix);
      attribute.raw_value = value;
      if (attribute.space == Space::instance && written.local == "schemaLocation") {
        attribute.name = Name::unknown;
        attribute.local_name = "schemaLocation";  // its value is never used
        continue;
      }
      attribute.name = name_of(written.local);
      attribute.local_name = text_of(attribute.name).data();
      if (attribute.name == Name::unknown || !is_literal) return false;
      if (attribute.space == Space::instance && attribute.name == known_name("type"))
        tag.type_space = space_of_type(value);
    }
    tag.attributes = {tag_attributes_.data(), count};
    if (depth_ == 1 && !handler_->root(name.local, *namespace_of(name.prefix))) return false;
    handler_->start(tag);
    return true;
  }

  // The namespace of an element with this prefix, or of an attribute that has a prefix.
  [[nodiscard]] Space space_of(std::string_view prefix) const {
    const auto namespace_uri = namespace_of(prefix);
    if (!namespace_uri) return Space::none;
    if (*namespace_uri == root_uri_) return Space::root;
    if (*namespace_uri == instance_uri) return Space::instance;
    if (*namespace_uri == xml_schema_uri) return Space::xml_schema;
    return Space::other;
  }

  // The namespace of the prefix in the value of an xsi:type.
  [[nodiscard]] Space space_of_type(std::string_view value) const {
    const std::size_t colon = value.find(':');
    const auto prefix =
        colon == std::string_view::npos ? std::string_view() : value.substr(0, colon);
    return namespace_of(prefix) ? space_of(prefix) : Space::other;
  }

  // A qualified name (Namespaces in XML 1.0, section 4).
  bool take_name(QName& name) {
    std::string_view first;
    if (!ncname(first)) return false;
    name = {{}, first};
    if (!take(":")) return true;
    name.prefix = first;
    return ncname(name.local);
  }

  bool ncname(std::string_view& name) { return Scanner::name(name) && name.size() <= longest_name; }

  // True if no two attributes have the same name. In doubt (false) if two with a prefix have the
  // same local part, since their namespaces may be the same.
  bool attributes_differ() {
    for (std::size_t i = 1; i < count_; ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const QName& one = attributes_[i].name;
        const QName& other = attributes_[j].name;
        if (one.local.front() == other.local.front() && one.local == other.local &&
            one.prefix.empty() == other.prefix.empty())
          return false;
      }
    return true;
  }

  bool declare() {
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& [name, value, is_literal] = attributes_[i];
      const bool is_default = name == QName{{}, "xmlns"};
      if (!is_default && name.prefix != "xmlns") continue;
      const std::string_view prefix = is_default ? std::string_view() : name.local;
      if (namespaces_ == most_namespaces || prefix.starts_with("xml")) return false;
      if (!is_plain_uri(value) && !(is_default && value.empty())) return false;
      scope_[namespaces_++] = {prefix, value, depth_};
    }
    return true;
  }

  // Not XML's own namespaces, which are reserved.
  static bool is_plain_uri(std::string_view text) {
    constexpr std::string_view scheme = "http://";
    if (text == "http://www.w3.org/XML/1998/namespace" || text == "http://www.w3.org/2000/xmlns/")
      return false;
    return text.starts_with(scheme) && text.size() > scheme.size() &&
           is(text[scheme.size()], Kind::name_start) &&
           std::ranges::all_of(text.substr(scheme.size()), [](char c) { return is(c, Kind::uri); });
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

  bool root(const QName& name) {
    const auto uri = namespace_of(name.prefix);
    if (name.local != "VOEvent" || !uri || !is_voevent_namespace(*uri)) return false;
    root_uri_ = *uri;
    event_.role = "observation";
    for (std::size_t i = 0; i < count_; ++i) {
      if (attributes_[i].name == QName{{}, "ivorn"}) event_.ivorn = attributes_[i].value;
      if (attributes_[i].name == QName{{}, "role"}) event_.role = attributes_[i].value;
    }
    return !event_.ivorn.empty() && is_plain_text(event_.ivorn) && is_plain_text(event_.role);
  }

  // True if the value needs no decoding, and is short enough for a headline.
  static bool is_plain_text(std::string_view value) {
    return value.size() <= longest_headline_text &&
           std::ranges::none_of(value, [](char c) { return c == '&' || is(c, Kind::space); });
  }

  void close() {
    while (namespaces_ > 0 && scope_[namespaces_ - 1].depth == depth_)
      --namespaces_;
    --depth_;
    if (handler_ != nullptr) handler_->end();
  }

  XmlHandler* handler_;
  PlainEvent event_;
  std::string_view root_uri_;
  std::array<TagAttribute, most_attributes> tag_attributes_;
  std::array<std::string_view, most_depth> open_;  // the elements' names, with their prefixes
  std::size_t depth_ = 0;
  std::array<WrittenAttribute, most_attributes> attributes_;  // of the last start tag
  std::size_t count_ = 0;
  bool has_namespaces_ = false;  // one of them has a prefix, or declares one
  std::array<Namespace, most_namespaces> scope_;
  std::size_t namespaces_ = 0;
};

}  // namespace

std::optional<PlainEvent> plain_event(std::string_view document) {
  if (document.size() > most_bytes) return std::nullopt;
  Pass pass(document, nullptr);
  if (!pass.document()) return std::nullopt;
  return pass.event();
}

bool read_plain(std::string_view document, XmlHandler& handler) {
  // A carriage return is read as the end of a line (XML 1.0, section 2.11).
  if (document.size() > most_bytes || document.find('\r') != std::string_view::npos) return false;
  return Pass(document, &handler).document();
}

}  // namespace vtp
