#include "lib/kafka/hop_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/kafka/json_tree.h"
#include "lib/voevent/names.h"
#include "lib/voevent/schema.h"
#include "lib/xml/lexical.h"

namespace vtp {
namespace {

constexpr std::string_view text_key = "#text";
constexpr std::string_view xmlns = "xmlns";
constexpr std::string_view default_version = "2.0";
constexpr std::size_t indentation = 2;
constexpr JsonIndex root_index = 0;

struct Prefix {
  std::string_view prefix;
  std::string_view uri;
};

// Prefixes that events use for attributes, and whose declaration hop loses if it is at the root. They
// are declared where they are used.
constexpr Prefix common_prefixes[] = {{"xsi", "http://www.w3.org/2001/XMLSchema-instance"},
                                      {"xlink", "http://www.w3.org/1999/xlink"}};

struct Version {
  std::string_view version;
  std::string_view xml_namespace;
  const Type* root;  // nullptr for 1.1, whose schema is not in our tables
};

const Version* find_version(std::string_view version) {
  static const Version versions[] = {{"1.1", "http://www.ivoa.net/xml/VOEvent/v1.1", nullptr},
                                     {"2.0", voevent_2_0().xml_namespace, voevent_2_0().root},
                                     {"2.1", voevent_2_1().xml_namespace, voevent_2_1().root}};
  const auto found = std::ranges::find(versions, version, &Version::version);
  return found == std::end(versions) ? nullptr : found;
}

using NameSet = std::array<bool, known_names.size()>;

void add_attributes(const Type& type, NameSet& names) {
  for (const Attribute& attribute : type.attributes)
    names[static_cast<std::size_t>(attribute.name)] = true;
  for (const Child& child : type.children)
    add_attributes(*child.type, names);
}

bool is_attribute_of_schemas(Name name) {
  static const NameSet attributes = [] {
    NameSet names{};
    add_attributes(*voevent_2_0().root, names);
    add_attributes(*voevent_2_1().root, names);
    return names;
  }();
  return attributes[static_cast<std::size_t>(name)];
}

// A name with or without a prefix (Namespaces in XML 1.0, QName).
bool is_name(std::string_view name) {
  if (name_of(name) != Name::unknown) return true;
  const std::size_t colon = name.find(':');
  return is_ncname(name.substr(colon + 1)) &&
         (colon == std::string_view::npos || is_ncname(name.substr(0, colon)));
}

const Prefix* find_common_prefix(std::string_view prefix) {
  return std::ranges::find(common_prefixes, prefix, &Prefix::prefix);
}

bool is_declaration(std::string_view key) { return key == xmlns || key.starts_with("xmlns:"); }

// See hop_json.h.
bool is_attribute(std::string_view key, JsonKind kind) {
  if (const Name name = name_of(key); name != Name::unknown) return is_attribute_of_schemas(name);
  if (is_declaration(key)) return true;
  const std::size_t colon = key.find(':');
  const std::string_view local = key.substr(colon + 1);  // npos + 1 is 0
  if (colon != std::string_view::npos) {
    const std::string_view prefix = key.substr(0, colon);
    if (prefix == "xml" || find_common_prefix(prefix) != std::end(common_prefixes)) return true;
  }
  return kind == JsonKind::text && local[0] >= 'a' && local[0] <= 'z';
}

// The place of a child among its siblings, as far as the schema demands one. Names that it does not
// know come last.
std::uint8_t step_of(const Type& type, std::string_view name) {
  const auto child = std::ranges::find(type.children, name_of(name), &Child::name);
  return child == type.children.end() ? std::numeric_limits<std::uint8_t>::max() : child->step;
}

const Type* type_of_child(const Type* type, std::string_view name) {
  if (type == nullptr) return nullptr;
  const auto child = std::ranges::find(type->children, name_of(name), &Child::name);
  return child == type->children.end() ? nullptr : child->type;
}

// Writes one event. Functions that return a bool return false after the first problem. They recurse as
// deep as the JSON is, which has a limit.
class Writer {
 public:
  explicit Writer(const JsonTree& tree) : tree_(tree) {}

  Result<std::string> write(JsonIndex event);

 private:
  // The members of an object by what they become.
  struct Members {
    std::vector<JsonIndex> attributes;
    std::string_view text;
    std::vector<JsonIndex> children;
  };

  bool write_root(JsonIndex event, const Version& version);
  bool sort_out(JsonIndex object, const Type* type, Members& members);
  bool write_child(JsonIndex child, const Type* type, std::size_t level);
  bool write_element(std::string_view name, JsonIndex value, const Type* type, std::size_t level);
  bool write_attribute(JsonIndex attribute);
  bool write_content(std::string_view name, const Members& members, const Type* type,
                     std::size_t level);
  bool write_text(std::string_view text, std::string_view name, bool in_attribute);
  bool note_declarations(const Members& members);
  bool declare(std::string_view prefix);
  bool is_declared(std::string_view prefix) const {
    return prefix == "xml" || std::ranges::find(declared_, prefix) != declared_.end();
  }
  bool fits() {
    return out_.size() <= largest_made_xml ||
           fail(fmt::format("as XML it is larger than {} bytes", largest_made_xml));
  }
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool fail_at(std::string_view name, std::string_view what) {
    return fail(fmt::format("{}: {}", printable(shortened(name)), what));
  }

  const JsonTree& tree_;
  std::string out_;
  std::vector<std::string_view> declared_;  // the prefixes that are in scope
  std::string problem_;
};

Result<std::string> Writer::write(JsonIndex event) {
  if (tree_.kind(event) != JsonKind::object) return Problem{"the event is not a JSON object"};
  const JsonIndex member = tree_.find(event, "version");
  const std::string_view text = member == 0 ? default_version : tree_.text(member);
  const Version* version = find_version(text);
  if (version == nullptr)
    return Problem{
        fmt::format("\"{}\" is no known version of VOEvent", printable(shortened(text)))};
  if (!write_root(event, *version)) return Problem{std::move(problem_)};
  return std::move(out_);
}

bool Writer::write_root(JsonIndex event, const Version& version) {
  constexpr std::string_view root = "voe:VOEvent";
  out_ = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{} xmlns:voe=\"{}\"", root,
                     version.xml_namespace);
  Members members;
  if (!declare("voe") || !sort_out(event, version.root, members)) return false;
  std::erase_if(members.attributes, [&](JsonIndex attribute) {
    const std::string_view key = tree_.key(attribute);
    return is_declaration(key) || key.find(':') != std::string_view::npos;
  });
  std::erase_if(members.children, [&](JsonIndex child) {
    const bool is_empty_object = tree_.kind(child) == JsonKind::object && tree_.first(child) == 0;
    return is_empty_object || tree_.key(child).find(':') != std::string_view::npos;
  });
  for (const JsonIndex attribute : members.attributes)
    if (!write_attribute(attribute)) return false;
  if (tree_.find(event, "version") == 0) out_ += fmt::format(" version=\"{}\"", default_version);
  if (!write_content(root, members, version.root, 0)) return false;
  out_ += '\n';
  return fits();
}

bool Writer::sort_out(JsonIndex object, const Type* type, Members& members) {
  for (JsonIndex member = tree_.first(object); member != 0; member = tree_.next(member)) {
    const std::string_view key = tree_.key(member);
    const JsonKind kind = tree_.kind(member);
    const bool is_simple = kind == JsonKind::text || kind == JsonKind::null;
    if (key == text_key) {
      if (!is_simple) return fail_at(key, "is an array or an object");
      members.text = tree_.text(member);
      continue;
    }
    if (!is_name(key)) return fail_at(key, "is not a name in XML");
    if (!is_attribute(key, kind)) {
      members.children.push_back(member);
      continue;
    }
    if (!is_simple) return fail_at(key, "is an attribute, and its value an array or an object");
    if (kind != JsonKind::null) members.attributes.push_back(member);
  }
  if (type != nullptr && type->model == Model::sequence)
    std::ranges::stable_sort(members.children, {},
                             [&](JsonIndex child) { return step_of(*type, tree_.key(child)); });
  return true;
}

// One element, or one for each item of an array.
bool Writer::write_child(JsonIndex child, const Type* type, std::size_t level) {
  const std::string_view name = tree_.key(child);
  if (tree_.kind(child) != JsonKind::array) return write_element(name, child, type, level);
  for (JsonIndex item = tree_.first(child); item != 0; item = tree_.next(item)) {
    if (tree_.kind(item) == JsonKind::array) return fail_at(name, "is an array in an array");
    if (!write_element(name, item, type, level)) return false;
  }
  return true;
}

bool Writer::write_element(std::string_view name, JsonIndex value, const Type* type,
                           std::size_t level) {
  Members members;
  if (tree_.kind(value) == JsonKind::object) {
    if (!sort_out(value, type, members)) return false;
  } else {
    members.text = tree_.text(value);
  }
  const std::size_t declared_outside = declared_.size();
  if (!note_declarations(members)) return false;
  const std::size_t colon = name.find(':');
  if (colon != std::string_view::npos && !is_declared(name.substr(0, colon)))
    return fail_at(name, "its prefix is not declared");
  out_ += '\n';
  out_.append(indentation * level, ' ');
  out_ += '<';
  out_ += name;
  for (const JsonIndex attribute : members.attributes)
    if (!write_attribute(attribute)) return false;
  if (!write_content(name, members, type, level)) return false;
  declared_.resize(declared_outside);
  return fits();
}

bool Writer::note_declarations(const Members& members) {
  for (const JsonIndex attribute : members.attributes) {
    const std::string_view key = tree_.key(attribute);
    if (is_declaration(key) && key != xmlns && !declare(key.substr(xmlns.size() + 1))) return false;
  }
  return true;
}

bool Writer::declare(std::string_view prefix) {
  if (declared_.size() == most_prefixes)
    return fail(fmt::format("it declares more than {} prefixes", most_prefixes));
  declared_.push_back(prefix);
  return true;
}

bool Writer::write_attribute(JsonIndex attribute) {
  const std::string_view name = tree_.key(attribute);
  const std::size_t colon = name.find(':');
  if (colon != std::string_view::npos && !is_declaration(name)) {
    const std::string_view prefix = name.substr(0, colon);
    if (!is_declared(prefix)) {
      const auto common = find_common_prefix(prefix);
      if (common == std::end(common_prefixes)) return fail_at(name, "its prefix is not declared");
      out_ += fmt::format(" xmlns:{}=\"{}\"", common->prefix, common->uri);
      if (!declare(common->prefix)) return false;
    }
  }
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  if (!write_text(tree_.text(attribute), name, /*in_attribute=*/true)) return false;
  out_ += '"';
  return fits();
}

// Ends the start tag; then writes what is in the element, and its end tag.
bool Writer::write_content(std::string_view name, const Members& members, const Type* type,
                           std::size_t level) {
  if (members.text.empty() && members.children.empty()) {
    out_ += "/>";
    return true;
  }
  out_ += '>';
  if (!write_text(members.text, name, /*in_attribute=*/false)) return false;
  for (const JsonIndex child : members.children)
    if (!write_child(child, type_of_child(type, tree_.key(child)), level + 1)) return false;
  if (!members.children.empty()) {
    out_ += '\n';
    out_.append(indentation * level, ' ');
  }
  out_ += "</";
  out_ += name;
  out_ += '>';
  return true;
}

bool Writer::write_text(std::string_view text, std::string_view name, bool in_attribute) {
  // The parser has checked that it is UTF-8.
  if (allowed_in_xml(text) != text)
    return fail_at(name, "its text has a character that XML does not allow");
  for (const char c : text) {
    if (c == '&')
      out_ += "&amp;";
    else if (c == '<')
      out_ += "&lt;";
    else if (c == '>')
      out_ += "&gt;";
    else if (c == '\r')  // otherwise a parser would make a newline of it
      out_ += "&#13;";
    else if (c == '"' && in_attribute)
      out_ += "&quot;";
    else if (c == '\t' && in_attribute)  // or a blank
      out_ += "&#9;";
    else if (c == '\n' && in_attribute)
      out_ += "&#10;";
    else
      out_ += c;
  }
  return fits();
}

}  // namespace

Result<std::string> voevent_from_hop_json(std::string_view json) {
  const JsonTree tree(json);
  if (!tree.problem().empty()) return Problem{tree.problem()};
  return Writer(tree).write(root_index);
}

std::optional<Result<std::string>> voevent_from_hop_envelope(std::string_view json) {
  if (json.find("\"voevent\"") == std::string_view::npos) return std::nullopt;
  const JsonTree tree(json);
  if (!tree.has_root()) return std::nullopt;
  const JsonIndex format = tree.find(root_index, "format");
  if (format == 0 || tree.text(format) != "voevent") return std::nullopt;
  if (!tree.problem().empty()) return Problem{tree.problem()};
  const JsonIndex content = tree.find(root_index, "content");
  if (content == 0) return std::nullopt;
  return Writer(tree).write(content);
}

}  // namespace vtp
