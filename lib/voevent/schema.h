// The content models of VOEvent 2.0 and 2.1: which elements and attributes stand where, how often,
// and what their text may be. Tables only; content.h and validator.h apply them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/voevent/names.h"
#include "lib/xml/datatype.h"

namespace vtp {

struct Type;

// How the children of an element may follow one another.
enum class Model : std::uint8_t {
  none,      // no children
  any,       // any number of any of them, in any order
  some,      // the same, and at least one
  all,       // each at most once, in any order
  sequence,  // in the order of their steps, at most one of each step
};

struct Child {
  Name name;
  const Type* type;
  bool required = false;  // for `all` and `sequence`
  bool repeats = false;   // for `sequence`: the step is taken as often as it likes
  std::uint8_t step = 0;  // for `sequence`: children with one step are alternatives
};

struct Attribute {
  Name name;
  Datatype datatype;
  bool required = false;
};

// What an element may hold. Children are at most 16, attributes too.
struct Type {
  enum class Content : std::uint8_t { nothing, text, elements };

  std::string_view name;  // by which xsi:type may name it; empty if it has none
  Content content = Content::nothing;
  Datatype datatype = Datatype::string;  // of its text
  Model model = Model::none;
  std::span<const Child> children = {};
  std::span<const Attribute> attributes = {};
  const Type* base = nullptr;  // the type that it narrows or extends
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

// The types of XML Schema that xsi:type may name in place of a string, a float, …
[[nodiscard]] std::span<const Type* const> xml_schema_types();

// nullptr if there is none by that name.
[[nodiscard]] const Type* find_type(std::span<const Type* const> types, std::string_view type_name);

// May `type` stand where `declared` is asked for?
[[nodiscard]] bool derives_from(const Type& type, const Type& declared);

// The namespace is that of VOEvent 1.1, whose schema we do not know, 2.0 or 2.1.
[[nodiscard]] bool is_voevent_namespace(std::string_view uri);

}  // namespace vtp
