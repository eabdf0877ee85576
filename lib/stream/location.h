// Where a document of a file or pipe is, and what was found in it, as people are told.
#pragma once

#include <string>
#include <string_view>

#include "lib/stream/source.h"
#include "lib/voevent/check.h"

namespace vtp {

// "night.stream: event 3 at byte 8123", or a lone one's file.
[[nodiscard]] std::string location_of(const Document& document);

// "night.stream: malformed: event 3 at byte 8123: line 2: reason", without what there is not.
[[nodiscard]] std::string judgement_of(const Document& document, Verdict verdict,
                                       std::string_view complaint);

}  // namespace vtp
