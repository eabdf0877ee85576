// Classifies a message from an upstream broker by its bytes.
#pragma once

#include <string>
#include <string_view>

#include "lib/voevent/check.h"
#include "lib/voevent/event.h"

namespace vtp {

struct Examined {
  enum class What {
    event,       // may be relayed (acceptance.h, the rule for events from upstream)
    unfit,       // the root is named VOEvent, but it may not be relayed
    no_voevent,  // anything else, such as a Transport message
  };
  What what = What::no_voevent;
  std::string reason;  // why it is not an event, in one line
  Headline headline;   // if it is a VOEvent
  Digest digest;       // likewise
};

// Takes any bytes. whole_headline: false if ivorn and role are enough, which is much faster. Throws
// std::bad_alloc when memory runs out.
[[nodiscard]] Examined examine(std::string_view message, Checker& checker, bool whole_headline);

}  // namespace vtp
