// Test events that a broker makes itself, so that its subscribers can see that their connection
// works.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/voevent/event.h"

namespace vtp {

// A VOEvent 2.0 with role test, valid for its schema; its ivorn is made of local_ivo (an IVOID) and
// the time.
[[nodiscard]] EventPtr make_test_event(const std::string& local_ivo, Time now);

// Whether `ivorn` is that of a test event of the broker local_ivo.
[[nodiscard]] bool is_test_event_of(const std::string& local_ivo, std::string_view ivorn);

}  // namespace vtp
