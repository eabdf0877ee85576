// Whether a key's user id names the author of an event.
#pragma once

#include <cstddef>
#include <string_view>

namespace vtp {

// Limit for the bytes of a user id, which GnuPG has as well; a longer one names nobody.
inline constexpr std::size_t longest_user_id = 2048;

// True if the user id is the author's IVOID alone, "ivo://authority/key", or has it as one of its
// three parts, "NAME (COMMENT) <ADDRESS>". Case does not matter, as in IVOIDs (IVOA Identifiers 2.0,
// section 2.1). Takes any bytes; an author that is no IVOID is named by nothing.
[[nodiscard]] bool names_author(std::string_view user_id, std::string_view author);

}  // namespace vtp
