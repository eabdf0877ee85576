// The content models of VOEvent 2.0 and 2.1 as tables: where elements and attributes may occur, how
// often, and the types of their text. content.h and validator.h apply them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/voevent/names.h"
#include "lib/xml/datatype.h"

namespace vtp {

struct Type;

// The order in which the children of an element may occur.
enum class Model : std::uint8_t {
  none,      // no children
  any,       // any number of each, in any order
  some,      // the same, but at least one in all
  all,       // each at most once, in any order
  sequence,  // in the order of their steps, at most one per step
};

struct Child {
  Name name;
  const Type* type;
  bool required = false;  // for `all` and `sequence`
  bool repeats = false;   // for `sequence`: any number in this step
  std::uint8_t step = 0;  // for `sequence`: children with the same step are alternatives
};

struct Attribute {
  Name name;
  Datatype datatype;
  bool required = false;
};

// What an element may contain: at most 16 kinds of children, and at most 16 attributes.
struct Type {
  enum class Content : std::uint8_t { nothing, text, elements };

  std::string_view name;  // the name for xsi:type; empty if it has none
  Content content = Content::nothing;
  Datatype datatype = Datatype::string;  // of its text
  Model model = Model::none;
  std::span<const Child> children = {};
  std::span<const Attribute> attributes = {};
  const Type* base = nullptr;  // the type that it restricts or extends
};

// One version of VOEvent.
struct Schema {
  std::string_view version;
  std::string_view xml_namespace;
  const Type* root;                          // the type of VOEvent
  std::span<const Type* const> named_types;  // those that xsi:type may name in xml_namespace
};

[[nodiscard]] const Schema& voevent_2_0();
[[nodiscard]] const Schema& voevent_2_1();

// The types of XML Schema that xsi:type may name instead of a string, a float, …
[[nodiscard]] std::span<const Type* const> xml_schema_types();

// nullptr if there is no type of that name.
[[nodiscard]] const Type* find_type(std::span<const Type* const> types, std::string_view type_name);

// True if `type` may be used where `declared` is required.
[[nodiscard]] bool derives_from(const Type& type, const Type& declared);

// True for the namespaces of VOEvent 1.1 (whose schema is not in these tables), 2.0 and 2.1.
[[nodiscard]] bool is_voevent_namespace(std::string_view uri);

}  // namespace vtp
