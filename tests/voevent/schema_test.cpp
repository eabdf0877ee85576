#include "lib/voevent/schema.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace vtp {
namespace {

const Type* child_type(const Type& type, Name name) {
  const auto child = std::find_if(type.children.begin(), type.children.end(),
                                  [name](const Child& each) { return each.name == name; });
  return child == type.children.end() ? nullptr : child->type;
}

// What holds for every table, so that a slip in one is found.
void check_table(const Type& type) {
  INFO(type.name);
  CHECK(type.children.size() <= 16);
  CHECK(type.attributes.size() <= 16);
  CHECK((type.content == Type::Content::elements) == !type.children.empty());
  CHECK((type.model == Model::none) == type.children.empty());
  for (const Child& child : type.children) {
    CHECK(child_type(type, child.name) == child.type);  // no name twice
    check_table(*child.type);
  }
}

}  // namespace

TEST_CASE("every table of both versions is sound") {
  for (const Schema* schema : {&voevent_2_0(), &voevent_2_1()}) {
    check_table(*schema->root);
    for (const Type* type : schema->named_types)
      check_table(*type);
  }
}

TEST_CASE("every type by name is found once") {
  for (const Schema* schema : {&voevent_2_0(), &voevent_2_1()})
    for (const Type* type : schema->named_types)
      CHECK(find_type(schema->named_types, type->name) == type);
  CHECK(find_type(voevent_2_0().named_types, "VOEvent") == nullptr);
  CHECK(find_type(voevent_2_0().named_types, "") == nullptr);
}

TEST_CASE("2.1 knows what 2.0 does not, and the other way round") {
  CHECK(find_type(voevent_2_0().named_types, "idValues") != nullptr);
  CHECK(find_type(voevent_2_1().named_types, "idValues") == nullptr);
  CHECK(find_type(voevent_2_0().named_types, "coord_value") == nullptr);
  CHECK(find_type(voevent_2_1().named_types, "coord_value") != nullptr);
}

TEST_CASE("a type derives from itself and from its bases only") {
  const auto& types = voevent_2_0().named_types;
  const Type& event_ivorn = *find_type(types, "EventIVORN");
  const Type& string = *find_type(xml_schema_types(), "string");
  const Type& token = *find_type(xml_schema_types(), "token");
  CHECK(derives_from(event_ivorn, event_ivorn));
  CHECK(derives_from(event_ivorn, string));
  CHECK(derives_from(token, string));
  CHECK_FALSE(derives_from(string, token));
  CHECK_FALSE(derives_from(*find_type(types, "smallFloat"), string));
  CHECK_FALSE(derives_from(*find_type(types, "Who"), *find_type(types, "What")));
}

}  // namespace vtp
