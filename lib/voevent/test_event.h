// The event that a broker makes itself, so that its subscribers see that the way to them is open.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/voevent/event.h"

namespace vtp {

// A VOEvent 2.0 of role test, valid for its schema, whose ivorn is local_ivo (an IVOID) and the time.
[[nodiscard]] EventPtr make_test_event(const std::string& local_ivo, Time now);

// Whether it is the ivorn of such an event of that broker.
[[nodiscard]] bool is_test_event_of(const std::string& local_ivo, std::string_view ivorn);

}  // namespace vtp
