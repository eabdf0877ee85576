// Limits for a Transport document, checked before it is parsed. tinyxml2 compares each attribute of
// a tag with all before it, searches the whole rest of the document for the end of each character
// reference, and makes an object for each node; so without limits a peer could keep a thread busy
// for a minute with 1 MB.
#pragma once

#include <cstddef>
#include <string_view>

namespace vtp {

// The limits are far above what any peer sends: the schema has at most 3 attributes and a depth of
// 3, and a subscriber with 16 filters sends 20 elements.
inline constexpr std::size_t most_transport_attributes = 32;  // of one tag
inline constexpr std::size_t most_transport_nodes =
    4096;                                                // elements, comments, instructions, CDATA
inline constexpr std::size_t most_transport_depth = 32;  // nested elements
inline constexpr std::size_t most_open_references = 64;  // &# without a ; soon after it

// The limit that the document exceeds, for a message; empty if none: then tinyxml2 parses it in a
// time proportional to its length. This check takes such a time itself. Takes any bytes: it scans
// as far as tinyxml2 would before finding an error. A document type declaration is always refused.
[[nodiscard]] std::string_view excess_in_transport(std::string_view document);

}  // namespace vtp
