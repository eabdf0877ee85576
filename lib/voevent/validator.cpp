#include "lib/voevent/validator.h"

#include <cstddef>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", shortened(text)); }

}  // namespace

void Validator::reset(const Schema& schema) {
  schema_ = &schema;
  open_.clear();
  text_.clear();
  ids_.clear();
  complaint_.clear();
}

void Validator::start(const Tag& tag) {
  if (!valid()) return;
  const Type* type = type_of(tag);
  if (type == nullptr) return;
  const std::string_view name = text_of(tag.name);
  check_attributes(tag, *type, name);
  open_.push_back({type, {}, name});
  text_.clear();
}

void Validator::text(std::string_view piece, bool cdata) {
  if (!valid()) return;
  const Element& element = open_.back();
  switch (element.type->content) {
    case Type::Content::text:
      if (element.type->datatype != Datatype::string) text_ += piece;
      return;
    case Type::Content::elements:
      if (cdata || !is_blank(piece)) complain(element.name, "text is not allowed here");
      return;
    case Type::Content::nothing:
      complain(element.name, "must be empty, without even white space");
      return;
  }
}

void Validator::end() {
  if (!valid()) return;
  const Element element = open_.back();
  open_.pop_back();
  const Type& type = *element.type;
  if (type.content == Type::Content::text) {
    if (!conforms(type.datatype, text_))
      complain(element.name,
               fmt::format("{} is not {}", in_quotes(text_), expectation(type.datatype)));
  } else if (const Child* child = element.progress.missing(type)) {
    complain(element.name, type.model == Model::some
                               ? "must not be empty"
                               : fmt::format("child {} is missing", text_of(child->name)));
  }
}

// The root's type, or the type from the parent's table, unless xsi:type names another one.
const Type* Validator::type_of(const Tag& tag) {
  const Type* type = schema_->root;
  if (!open_.empty()) {
    Element& parent = open_.back();
    const Child* child =
        tag.space == Space::none ? parent.progress.next(*parent.type, tag.name) : nullptr;
    if (child == nullptr) {
      complain(parent.name, fmt::format("unexpected child {}", shortened(tag.local_name)));
      return nullptr;
    }
    type = child->type;
  }
  for (const TagAttribute& attribute : tag.attributes)
    if (attribute.space == Space::instance && attribute.name == known_name("type"))
      return substitute(tag, attribute, *type);
  return type;
}

// XML Schema, part 1, section 3.3.4: the named type must be derived from the declared one.
const Type* Validator::substitute(const Tag& tag, const TagAttribute& attribute,
                                  const Type& declared) {
  const std::string_view name = attribute.value(scratch_);
  const std::string_view local_name = name.substr(name.find(':') + 1);
  const Type* type = nullptr;
  if (tag.type_space == Space::root) type = find_type(schema_->named_types, local_name);
  if (tag.type_space == Space::xml_schema) type = find_type(xml_schema_types(), local_name);
  if (type != nullptr && derives_from(*type, declared)) return type;
  complain(text_of(tag.name), fmt::format("cannot be of type {}", in_quotes(name)));
  return nullptr;
}

void Validator::check_attributes(const Tag& tag, const Type& type, std::string_view element) {
  std::uint32_t seen = 0;
  for (const TagAttribute& attribute : tag.attributes) {
    bool allowed = false;
    if (attribute.space == Space::none && attribute.name != Name::unknown) {
      for (std::size_t i = 0; i < type.attributes.size(); ++i) {
        const Attribute& declared = type.attributes[i];
        if (declared.name != attribute.name) continue;
        allowed = true;
        seen |= std::uint32_t{1} << i;
        if (declared.datatype != Datatype::string)
          check_value(element, attribute, declared.datatype);
        break;
      }
    } else if (attribute.space == Space::instance) {
      // xsi:nil is not allowed: no element of VOEvent is nillable, and even "false" is an error.
      const std::string_view name = attribute.local_name;
      allowed = name == "type" || name == "schemaLocation" || name == "noNamespaceSchemaLocation";
    }
    if (!allowed)
      complain(element,
               fmt::format("attribute {} is not allowed", shortened(attribute.local_name)));
  }
  for (std::size_t i = 0; i < type.attributes.size(); ++i)
    if (type.attributes[i].required && (seen >> i & 1) == 0)
      complain(element, fmt::format("attribute {} is missing", text_of(type.attributes[i].name)));
}

void Validator::check_value(std::string_view element, const TagAttribute& attribute,
                            Datatype datatype) {
  const std::string_view value = attribute.value(scratch_);
  if (!conforms(datatype, value))
    complain(element, fmt::format("attribute {}: {} is not {}", attribute.local_name,
                                  in_quotes(value), expectation(datatype)));
  else if (datatype == Datatype::id && !ids_.emplace(trimmed(value)).second)
    complain(element, fmt::format("attribute {}: {} is the id of another element",
                                  attribute.local_name, in_quotes(value)));
}

void Validator::complain(std::string_view element, std::string_view what) {
  if (valid()) complaint_ = fmt::format("element {}: {}", element, what);
}

}  // namespace vtp
