#include "lib/author/answer.h"

#include "lib/vtp/nak_reasons.h"

namespace vtp {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::refused:
      return "refused";
    case Outcome::put_off:
      return "put off";
    case Outcome::no_answer:
      return "no answer";
    case Outcome::not_sent:
      return "not sent";
  }
  return "";
}

bool is_previously_seen(const Answer& answer) {
  return answer.outcome == Outcome::refused &&
         answer.reason.find(previously_seen) != std::string::npos;
}

}  // namespace vtp
