#include "lib/voevent/schema.h"

namespace vtp {
namespace {

// The two versions differ little: the types of both come first, those of one version are in v2_0 or
// v2_1. A type comes before the types that use it.

consteval Child optional(std::string_view name, const Type& type, std::uint8_t step = 0) {
  return {.name = known_name(name), .type = &type, .step = step};
}
consteval Child required(std::string_view name, const Type& type) {
  return {.name = known_name(name), .type = &type, .required = true};
}
consteval Child required_repeated(std::string_view name, const Type& type) {
  return {.name = known_name(name), .type = &type, .required = true, .repeats = true};
}
consteval Attribute attribute(std::string_view name, Datatype datatype = Datatype::string) {
  return {known_name(name), datatype};
}
consteval Attribute required_attribute(std::string_view name, Datatype datatype) {
  return {known_name(name), datatype, true};
}
consteval Type text_type(std::string_view name, Datatype datatype, const Type* base = nullptr,
                         std::span<const Attribute> attributes = {}) {
  return {.name = name,
          .content = Type::Content::text,
          .datatype = datatype,
          .attributes = attributes,
          .base = base};
}
consteval Type element_type(std::string_view name, Model model, std::span<const Child> children,
                            std::span<const Attribute> attributes = {}) {
  return {.name = name,
          .content = Type::Content::elements,
          .model = model,
          .children = children,
          .attributes = attributes};
}
consteval Type empty_type(std::string_view name, std::span<const Attribute> attributes) {
  return {.name = name, .attributes = attributes};
}

// Text types; those of XML Schema come first.
constexpr Type string = text_type("string", Datatype::string);
constexpr Type normalized_string = text_type("normalizedString", Datatype::string, &string);
constexpr Type token = text_type("token", Datatype::string, &normalized_string);
constexpr Type language = text_type("language", Datatype::language, &token);
constexpr Type nmtoken = text_type("NMTOKEN", Datatype::nmtoken, &token);
constexpr Type name = text_type("Name", Datatype::name, &token);
constexpr Type ncname = text_type("NCName", Datatype::ncname, &name);
constexpr Type id = text_type("ID", Datatype::ncname, &ncname);
constexpr Type idref = text_type("IDREF", Datatype::ncname, &ncname);
constexpr Type entity = text_type("ENTITY", Datatype::entity, &ncname);
constexpr Type any_uri = text_type("anyURI", Datatype::any_uri);
constexpr Type date_time = text_type("dateTime", Datatype::date_time);
constexpr Type real = text_type("float", Datatype::real);
constexpr const Type* xml_schema[] = {
    &string, &normalized_string, &token,     &language, &nmtoken, &name, &ncname, &id, &idref,
    &entity, &any_uri,           &date_time, &real};

constexpr Type role_values = text_type("roleValues", Datatype::role, &string);
constexpr Type data_type = text_type("dataType", Datatype::data_type, &string);
constexpr Type cite_values = text_type("citeValues", Datatype::cite, &string);
constexpr Type small_float = text_type("smallFloat", Datatype::probability, &real);

constexpr Attribute reference_attributes[] = {required_attribute("uri", Datatype::any_uri),
                                              attribute("type"), attribute("mimetype"),
                                              attribute("meaning", Datatype::any_uri)};
constexpr Type reference = empty_type("Reference", reference_attributes);

// What: parameters, alone, in groups and in tables.
constexpr Child param_children[] = {optional("Description", string),
                                    optional("Reference", reference), optional("Value", string)};
constexpr Attribute param_attributes[] = {attribute("name"),
                                          attribute("ucd"),
                                          attribute("value"),
                                          attribute("unit"),
                                          attribute("dataType", Datatype::data_type),
                                          attribute("utype")};
constexpr Type param = element_type("Param", Model::any, param_children, param_attributes);

constexpr Attribute name_and_type[] = {attribute("name"), attribute("type")};
constexpr Child group_children[] = {optional("Param", param), optional("Description", string),
                                    optional("Reference", reference)};
constexpr Type group = element_type("Group", Model::any, group_children, name_and_type);

constexpr Child field_children[] = {optional("Description", string),
                                    optional("Reference", reference)};
constexpr Attribute field_attributes[] = {attribute("name"), attribute("ucd"), attribute("unit"),
                                          attribute("dataType", Datatype::data_type),
                                          attribute("utype")};
constexpr Type field = element_type("Field", Model::any, field_children, field_attributes);
constexpr Child row_children[] = {optional("TD", string)};
constexpr Type row = element_type("TR", Model::some, row_children);
constexpr Child data_children[] = {optional("TR", row)};
constexpr Type data = element_type("Data", Model::some, data_children);
constexpr Child table_children[] = {optional("Description", string),
                                    optional("Reference", reference), optional("Param", param),
                                    optional("Field", field), optional("Data", data)};
constexpr Type table = element_type("Table", Model::any, table_children, name_and_type);

constexpr Child what_children[] = {optional("Param", param), optional("Group", group),
                                   optional("Table", table), optional("Description", string),
                                   optional("Reference", reference)};
constexpr Type what = element_type("What", Model::any, what_children);

// How, Why, Citations.
constexpr Child how_children[] = {optional("Description", string),
                                  optional("Reference", reference)};
constexpr Type how = element_type("How", Model::some, how_children);

constexpr Child inference_children[] = {optional("Name", string), optional("Concept", string),
                                        optional("Description", string),
                                        optional("Reference", reference)};
constexpr Attribute inference_attributes[] = {attribute("probability", Datatype::probability),
                                              attribute("relation")};
constexpr Type inference =
    element_type("Inference", Model::some, inference_children, inference_attributes);
constexpr Child why_children[] = {optional("Name", string), optional("Concept", string),
                                  optional("Inference", inference), optional("Description", string),
                                  optional("Reference", reference)};
constexpr Attribute why_attributes[] = {attribute("importance", Datatype::real),
                                        attribute("expires", Datatype::date_time)};
constexpr Type why = element_type("Why", Model::some, why_children, why_attributes);

constexpr Attribute event_ivorn_attributes[] = {attribute("cite", Datatype::cite)};
constexpr Type event_ivorn =
    text_type("EventIVORN", Datatype::string, &string, event_ivorn_attributes);
constexpr Child citations_children[] = {required_repeated("EventIVORN", event_ivorn),
                                        optional("Description", string, 1)};
constexpr Type citations = element_type("Citations", Model::sequence, citations_children);

constexpr Attribute unit_attribute[] = {attribute("unit")};
constexpr Attribute free_id[] = {attribute("id")};
constexpr Attribute unique_id[] = {attribute("id", Datatype::id)};

namespace v2_0 {

constexpr Type id_values = text_type("idValues", Datatype::coord_system, &string);

constexpr Child author_children[] = {
    optional("title", string),        optional("shortName", string),
    optional("logoURL", any_uri),     optional("contactName", string),
    optional("contactEmail", string), optional("contactPhone", string),
    optional("contributor", string)};
constexpr Type author = element_type("", Model::some, author_children);
constexpr Child who_children[] = {optional("AuthorIVORN", any_uri), optional("Date", date_time),
                                  optional("Description", string), optional("Reference", reference),
                                  optional("Author", author)};
constexpr Type who = element_type("Who", Model::all, who_children);

constexpr Child instant_children[] = {optional("ISOTime", string), optional("TimeOffset", real),
                                      optional("TimeScale", string)};
constexpr Type time_instant = element_type("TimeInstant", Model::any, instant_children);
constexpr Child time_children[] = {optional("TimeInstant", time_instant), optional("Error", real)};
constexpr Type time = element_type("Time", Model::any, time_children, unit_attribute);

constexpr Child value2_children[] = {required("C1", real), required("C2", real)};
constexpr Type value2 = element_type("Value2", Model::all, value2_children);
constexpr Child value3_children[] = {required("C1", real), required("C2", real),
                                     required("C3", real)};
constexpr Type value3 = element_type("Value3", Model::all, value3_children);
constexpr Child position2d_children[] = {optional("Name1", string), optional("Name2", string),
                                         required("Value2", value2),
                                         required("Error2Radius", real)};
constexpr Type position2d =
    element_type("Position2D", Model::all, position2d_children, unit_attribute);
constexpr Child position3d_children[] = {optional("Name1", string), optional("Name2", string),
                                         optional("Name3", string), required("Value3", value3)};
constexpr Type position3d =
    element_type("Position3D", Model::all, position3d_children, unit_attribute);

constexpr Attribute system_attributes[] = {attribute("id", Datatype::coord_system)};
constexpr Type coord_system = empty_type("AstroCoordSystem", system_attributes);
constexpr Child coords_children[] = {optional("Time", time), optional("Position2D", position2d),
                                     optional("Position3D", position3d)};
constexpr Attribute coords_attributes[] = {attribute("coord_system_id", Datatype::coord_system)};
constexpr Type coords = element_type("AstroCoords", Model::all, coords_children, coords_attributes);

constexpr Child observation_children[] = {required("AstroCoordSystem", coord_system),
                                          required("AstroCoords", coords)};
constexpr Type observation = element_type("ObservationLocation", Model::all, observation_children);
constexpr Child observatory_children[] = {optional("AstroCoordSystem", coord_system),
                                          optional("AstroCoords", coords)};
constexpr Type observatory =
    element_type("ObservatoryLocation", Model::all, observatory_children, free_id);
constexpr Child location_children[] = {required("ObservatoryLocation", observatory),
                                       required("ObservationLocation", observation)};
constexpr Type location = element_type("ObsDataLocation", Model::all, location_children);
constexpr Child where_when_children[] = {optional("ObsDataLocation", location),
                                         optional("Description", string),
                                         optional("Reference", reference)};
constexpr Type where_when = element_type("WhereWhen", Model::any, where_when_children, unique_id);

constexpr Child root_children[] = {optional("Who", who),
                                   optional("What", what),
                                   optional("WhereWhen", where_when),
                                   optional("How", how),
                                   optional("Why", why),
                                   optional("Citations", citations),
                                   optional("Description", string),
                                   optional("Reference", reference)};
constexpr Attribute root_attributes[] = {required_attribute("version", Datatype::version_2_0),
                                         required_attribute("ivorn", Datatype::any_uri),
                                         attribute("role", Datatype::role)};
constexpr Type root = element_type("", Model::all, root_children, root_attributes);

constexpr const Type* named_types[] = {
    &role_values, &who,         &what,     &param,        &data_type,  &group,       &table,
    &field,       &data,        &row,      &where_when,   &location,   &observation, &coord_system,
    &id_values,   &coords,      &time,     &time_instant, &position2d, &position3d,  &value2,
    &value3,      &observatory, &how,      &why,          &inference,  &small_float, &citations,
    &event_ivorn, &cite_values, &reference};
constexpr Schema schema{"2.0", "http://www.ivoa.net/xml/VOEvent/v2.0", &root, named_types};

}  // namespace v2_0

namespace v2_1 {

constexpr Type contributor_role = text_type("contributorRole", Datatype::contributor_role, &string);
constexpr Attribute name_attributes[] = {attribute("altIdentifier", Datatype::any_uri),
                                         attribute("role", Datatype::contributor_role),
                                         attribute("ivorn", Datatype::any_uri)};
constexpr Type contributor = text_type("Name", Datatype::string, &string, name_attributes);

constexpr Child author_children[] = {
    optional("title", string),        optional("shortName", string),
    optional("logoURL", any_uri),     optional("contactName", string),
    optional("contactEmail", string), optional("contactPhone", string),
    optional("contributor", string),  optional("Contributor", contributor)};
constexpr Type author = element_type("", Model::some, author_children);
constexpr Child who_children[] = {optional("AuthorIVORN", any_uri), optional("Date", date_time),
                                  optional("Description", string), optional("Reference", reference),
                                  optional("Author", author)};
constexpr Type who = element_type("Who", Model::all, who_children);

constexpr Child instant_children[] = {optional("ISOTime", string, 0),
                                      optional("TimeOffset", real, 1),
                                      optional("TimeScale", string, 2)};
constexpr Type time_instant = element_type("TimeInstant", Model::sequence, instant_children);
constexpr Child interval_children[] = {optional("ISOTimeStart", string, 0),
                                       optional("ISOTimeStop", string, 1)};
constexpr Type time_interval = element_type("TimeInterval", Model::sequence, interval_children);
constexpr Child time_children[] = {optional("TimeInstant", time_instant, 0),
                                   optional("TimeInterval", time_interval, 0),
                                   optional("Error", real, 1)};
constexpr Type time = element_type("Time", Model::sequence, time_children, unit_attribute);

constexpr Attribute value_attributes[] = {attribute("ucd"), attribute("pos_unit")};
constexpr Type coord_value = text_type("coord_value", Datatype::real, &real, value_attributes);
constexpr Child value2_children[] = {required("C1", coord_value), required("C2", coord_value)};
constexpr Type value2 = element_type("Value2", Model::all, value2_children);
constexpr Child error2_children[] = {optional("C1", coord_value), optional("C2", coord_value)};
constexpr Type error2 = element_type("Error2", Model::all, error2_children);
constexpr Child value3_children[] = {required("C1", coord_value), required("C2", coord_value),
                                     required("C3", coord_value)};
constexpr Type value3 = element_type("Value3", Model::all, value3_children);
constexpr Child error3_children[] = {optional("C1", coord_value), optional("C2", coord_value),
                                     optional("C3", coord_value)};
constexpr Type error3 = element_type("Error3", Model::all, error3_children);
constexpr Child position2d_children[] = {
    optional("Name1", string), optional("Name2", string), required("Value2", value2),
    optional("Error2Radius", coord_value), optional("Error2", error2)};
constexpr Type position2d =
    element_type("Position2D", Model::all, position2d_children, unit_attribute);
constexpr Child position3d_children[] = {optional("Name1", string), optional("Name2", string),
                                         optional("Name3", string), required("Value3", value3),
                                         optional("Error3", error3)};
constexpr Type position3d =
    element_type("Position3D", Model::all, position3d_children, unit_attribute);

constexpr Child time_frame_children[] = {optional("Name", string, 0),
                                         optional("ReferencePosition", string, 1),
                                         optional("TimeScale", string, 2)};
constexpr Type time_frame =
    element_type("TimeFrameType", Model::sequence, time_frame_children, unique_id);
constexpr Child space_frame_children[] = {
    optional("Name", string, 0), optional("SpaceRefFrame", string, 1),
    optional("CoordFlavor", string, 2), optional("ReferencePosition", string, 3)};
constexpr Type space_frame =
    element_type("SpaceFrameType", Model::sequence, space_frame_children, unique_id);
constexpr Child system_children[] = {optional("TimeFrame", time_frame, 0),
                                     optional("SpaceFrame", space_frame, 1)};
constexpr Type coord_system =
    element_type("AstroCoordSystem", Model::sequence, system_children, unique_id);
constexpr Child coords_children[] = {optional("Time", time, 0), optional("PositionName", string, 1),
                                     optional("Position2D", position2d, 2),
                                     optional("Position3D", position3d, 3)};
constexpr Attribute coords_attributes[] = {attribute("coord_system_id")};
constexpr Type coords =
    element_type("AstroCoords", Model::sequence, coords_children, coords_attributes);

constexpr Child observation_children[] = {required("AstroCoordSystem", coord_system),
                                          required("AstroCoords", coords)};
constexpr Type observation = element_type("ObservationLocation", Model::all, observation_children);
constexpr Child observatory_children[] = {optional("AstroCoordSystem", coord_system),
                                          optional("AstroCoords", coords)};
constexpr Type observatory =
    element_type("ObservatoryLocation", Model::all, observatory_children, free_id);
constexpr Child location_children[] = {required("ObservatoryLocation", observatory),
                                       required("ObservationLocation", observation)};
constexpr Type location = element_type("ObsDataLocation", Model::all, location_children);
constexpr Child where_when_children[] = {optional("ObsDataLocation", location),
                                         optional("Description", string),
                                         optional("Reference", reference)};
constexpr Type where_when = element_type("WhereWhen", Model::any, where_when_children, unique_id);

constexpr Child root_children[] = {optional("Who", who),
                                   optional("What", what),
                                   optional("WhereWhen", where_when),
                                   optional("How", how),
                                   optional("Why", why),
                                   optional("Citations", citations),
                                   optional("Description", string),
                                   optional("Reference", reference)};
constexpr Attribute root_attributes[] = {required_attribute("version", Datatype::version_2_1),
                                         required_attribute("ivorn", Datatype::any_uri),
                                         attribute("role", Datatype::role)};
constexpr Type root = element_type("", Model::all, root_children, root_attributes);

constexpr const Type* named_types[] = {&role_values,  &who,
                                       &what,         &param,
                                       &data_type,    &group,
                                       &table,        &field,
                                       &data,         &row,
                                       &where_when,   &location,
                                       &observation,  &coord_system,
                                       &coords,       &time,
                                       &time_instant, &time_interval,
                                       &position2d,   &position3d,
                                       &coord_value,  &value2,
                                       &error2,       &value3,
                                       &error3,       &observatory,
                                       &how,          &why,
                                       &inference,    &small_float,
                                       &citations,    &event_ivorn,
                                       &cite_values,  &reference,
                                       &time_frame,   &space_frame,
                                       &contributor,  &contributor_role};
constexpr Schema schema{"2.1", "http://www.ivoa.net/xml/VOEvent/v2.1", &root, named_types};

}  // namespace v2_1
}  // namespace

const Schema& voevent_2_0() { return v2_0::schema; }
const Schema& voevent_2_1() { return v2_1::schema; }

std::span<const Type* const> xml_schema_types() { return xml_schema; }

const Type* find_type(std::span<const Type* const> types, std::string_view type_name) {
  for (const Type* type : types)
    if (type->name == type_name) return type;
  return nullptr;
}

bool derives_from(const Type& type, const Type& declared) {
  for (const Type* ancestor = &type; ancestor != nullptr; ancestor = ancestor->base)
    if (ancestor == &declared) return true;
  return false;
}

bool is_voevent_namespace(std::string_view uri) {
  return uri == voevent_2_0().xml_namespace || uri == voevent_2_1().xml_namespace ||
         uri == "http://www.ivoa.net/xml/VOEvent/v1.1";
}

}  // namespace vtp
