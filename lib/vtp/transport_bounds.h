// What a Transport document may cost, seen before it is parsed. tinyxml2 compares each attribute of a tag
// with all before it, looks for the end of each character reference through all that follows, and makes
// an object of each node; so whoever is connected could keep a thread busy for a minute with 1 MB.
#pragma once

#include <cstddef>
#include <string_view>

namespace vtp {

// Far above what any peer sends: the schema has 3 attributes at most and elements 3 deep, and a subscriber
// with 16 filters sends 20 elements.
inline constexpr std::size_t most_transport_attributes = 32;  // of one tag
inline constexpr std::size_t most_transport_nodes =
    4096;                                                // elements, comments, instructions, CDATA
inline constexpr std::size_t most_transport_depth = 32;  // elements in one another
inline constexpr std::size_t most_open_references = 64;  // &# without a ; soon after it

// What is too much, for people, or empty: then tinyxml2 parses the document in a time that goes by its
// length. Takes such a time itself. Any bytes: it follows tinyxml2 as far as that comes before it finds an
// error. A document type declaration is too much in any case.
[[nodiscard]] std::string_view excess_in_transport(std::string_view document);

}  // namespace vtp
