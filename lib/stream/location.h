// The location of a document in a file or pipe, and its verdict, as texts for messages.
#pragma once

#include <string>
#include <string_view>

#include "lib/stream/source.h"
#include "lib/voevent/check.h"

namespace vtp {

// "night.stream: event 3 at byte 8123"; only the file's name if the document is alone in it.
[[nodiscard]] std::string location_of(const Document& document);

// "night.stream: malformed: event 3 at byte 8123: line 2: reason", without the parts that are
// empty.
[[nodiscard]] std::string judgement_of(const Document& document, Verdict verdict,
                                       std::string_view complaint);

}  // namespace vtp
