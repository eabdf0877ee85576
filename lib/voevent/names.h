// The names of the elements and attributes of VOEvent 2.0 and 2.1, as small numbers (name.h).
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "lib/xml/name.h"
#include "lib/xml/name_table.h"

namespace vtp {

// The vocabulary of VOEvent.
inline constexpr auto known_names = std::to_array<std::string_view>({
    "",  // Name::unknown
    "AstroCoordSystem",
    "AstroCoords",
    "Author",
    "AuthorIVORN",
    "C1",
    "C2",
    "C3",
    "Citations",
    "Concept",
    "Contributor",
    "CoordFlavor",
    "Data",
    "Date",
    "Description",
    "Error",
    "Error2",
    "Error2Radius",
    "Error3",
    "EventIVORN",
    "Field",
    "Group",
    "How",
    "ISOTime",
    "ISOTimeStart",
    "ISOTimeStop",
    "Inference",
    "Name",
    "Name1",
    "Name2",
    "Name3",
    "ObsDataLocation",
    "ObservationLocation",
    "ObservatoryLocation",
    "Param",
    "Position2D",
    "Position3D",
    "PositionName",
    "Reference",
    "ReferencePosition",
    "SpaceFrame",
    "SpaceRefFrame",
    "TD",
    "TR",
    "Table",
    "Time",
    "TimeFrame",
    "TimeInstant",
    "TimeInterval",
    "TimeOffset",
    "TimeScale",
    "VOEvent",
    "Value",
    "Value2",
    "Value3",
    "What",
    "WhereWhen",
    "Who",
    "Why",
    "altIdentifier",
    "cite",
    "contactEmail",
    "contactName",
    "contactPhone",
    "contributor",
    "coord_system_id",
    "dataType",
    "expires",
    "id",
    "importance",
    "ivorn",
    "logoURL",
    "meaning",
    "mimetype",
    "name",
    "pos_unit",
    "probability",
    "relation",
    "role",
    "shortName",
    "title",
    "type",
    "ucd",
    "unit",
    "uri",
    "utype",
    "value",
    "version",
});

// The number of a known name, at compile time, so that a misspelt name does not compile.
consteval Name known_name(std::string_view text) {
  for (std::size_t i = 1; i < known_names.size(); ++i)
    if (known_names[i] == text) return static_cast<Name>(i);
  throw std::invalid_argument("not in known_names");
}

[[nodiscard]] constexpr std::string_view text_of(Name name) {
  return known_names[static_cast<std::size_t>(name)];
}

inline constexpr NameTable names_by_text{known_names};

// Name::unknown for any text that is not in known_names. Any thread.
[[nodiscard]] constexpr Name name_of(std::string_view text) { return names_by_text.find(text); }

}  // namespace vtp
