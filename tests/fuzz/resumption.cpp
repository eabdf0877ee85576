// Where a subscriber goes on: any values of the Params are understood or told of, and what is asked for
// comes through a message as it was.
#include "lib/vtp/resumption.h"

#include <array>

#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

// One value a line, for the Params in turn.
Transport message_of(std::string_view lines) {
  static constexpr std::array names = {resume_after_param, since_param, resuming_param,
                                       caught_up_param, resume_wait_param};
  Transport message;
  message.role = TransportRole::authenticate;
  for (std::size_t i = 0; !lines.empty() && i < 2 * names.size(); ++i) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (i < names.size() || !line.empty())
      message.params.push_back({std::string(names[i % names.size()]), std::string(line)});
  }
  return message;
}

// What arrives if it is sent.
Transport sent(std::vector<Param> params) {
  Transport message;
  message.role = TransportRole::authenticate;
  message.params = std::move(params);
  const auto arrived = parse_transport(to_xml(message, Time{}));
  require(static_cast<bool>(arrived), "a message of ours can be read");
  return *arrived;
}

void check_resumption(const Transport& message) {
  std::vector<std::string> problems;
  const auto resumption = resumption_in(message, problems);
  require(problems.size() <= 3, "there is a problem a Param at most");
  if (!resumption) return;
  const auto arrived = resumption_in(sent(params_of(*resumption)), problems = {});
  require(arrived && *arrived == *resumption && problems.empty(), "a resumption arrives as it was",
          problems.empty() ? "" : problems.front());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Transport message = message_of(fuzz::text_of(data, size));
  check_resumption(message);
  if (const auto resuming = resuming_in(message)) {
    const auto arrived = resuming_in(sent({param_of(*resuming)}));
    require(arrived && arrived->behind == resuming->behind, "a number arrives as it was");
  }
  if (const auto caught_up = caught_up_in(message)) {
    const auto arrived = caught_up_in(sent({param_of(*caught_up)}));
    require(arrived && arrived->last == caught_up->last, "the last event arrives as it was");
  }
  return 0;
}
