// What a message from a broker upstream is, as far as its bytes tell.
#pragma once

#include <string>
#include <string_view>

#include "lib/voevent/check.h"
#include "lib/voevent/event.h"

namespace vtp {

struct Examined {
  enum class What {
    event,       // one that a broker may relay (acceptance.h, the rule for events from upstream)
    unfit,       // a VOEvent, by its root's name, that it may not
    no_voevent,  // something else, such as a Transport message
  };
  What what = What::no_voevent;
  std::string reason;  // why it is not an event, one line for people
  Headline headline;   // of a VOEvent
  Digest digest;       // likewise
};

// Any bytes. whole_headline: false where ivorn and role are enough, which costs a fraction. Throws
// std::bad_alloc when memory runs out.
[[nodiscard]] Examined examine(std::string_view message, Checker& checker, bool whole_headline);

}  // namespace vtp
