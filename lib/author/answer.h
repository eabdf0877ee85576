// What became of an event that was submitted to a broker or a topic.
#pragma once

#include <string>
#include <string_view>

namespace vtp {

// From best to worst.
enum class Outcome {
  accepted,   // the broker acknowledged the event
  refused,    // the broker refused it; a retry is useless
  put_off,    // the broker cannot store events now; a retry may succeed
  no_answer,  // no connection, no reply in time, or an invalid one; a retry may succeed
  not_sent    // never sent: we were told to stop before
};

// "accepted", "refused", "put off", "no answer", "not sent".
[[nodiscard]] std::string_view name_of(Outcome outcome);

struct Answer {
  Outcome outcome = Outcome::no_answer;
  std::string broker;  // the address that replied; without a reply, the endpoint as given
  std::string
      reason;  // the broker's for a refusal, otherwise ours; one line; may be empty if accepted
};

// The broker refused the event because it has it already.
[[nodiscard]] bool is_previously_seen(const Answer& answer);

}  // namespace vtp
