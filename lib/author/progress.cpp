#include "lib/author/progress.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vtp {
namespace {

std::string rate_text(std::uint64_t events, Elapsed elapsed) {
  const double rate = elapsed.count() > 0 ? static_cast<double>(events) / elapsed.count() : 0;
  return rate < 10 ? fmt::format("{:.1f} events/s", rate) : fmt::format("{:.0f} events/s", rate);
}

}  // namespace

void Tally::count(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      ++accepted;
      break;
    case Outcome::refused:
      ++refused;
      break;
    case Outcome::put_off:
      ++put_off;
      break;
    case Outcome::no_answer:
      ++no_answer;
      break;
    case Outcome::not_sent:
      ++not_sent;
      break;
  }
}

std::string progress_text(const Tally& tally, Elapsed elapsed) {
  const std::uint64_t answered = tally.accepted + tally.refused + tally.put_off + tally.no_answer;
  std::string text = fmt::format("sent {}, accepted {}, refused {}", answered + tally.under_way,
                                 tally.accepted, tally.refused);
  if (tally.put_off > 0) text += fmt::format(", put off {}", tally.put_off);
  if (tally.no_answer > 0) text += fmt::format(", no answer {}", tally.no_answer);
  if (tally.under_way > 0) text += fmt::format(", in flight {}", tally.under_way);
  return fmt::format("{}, {}", text, rate_text(answered, elapsed));
}

std::string summary_text(const Tally& tally, Elapsed elapsed) {
  std::vector<std::string> parts;
  const auto part = [&](std::uint64_t count, const char* what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  part(tally.accepted, "accepted");
  part(tally.refused, "refused");
  part(tally.put_off, "put off");
  part(tally.no_answer, "without an answer");
  part(tally.not_sent, "not sent");
  const std::uint64_t events = tally.done();
  return fmt::format("{} {}: {}, in {:.1f} s ({})", events, events == 1 ? "event" : "events",
                     fmt::join(parts, ", "), elapsed.count(), rate_text(events, elapsed));
}

}  // namespace vtp
