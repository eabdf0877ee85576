#include "lib/admit.h"

#include <fmt/format.h>

#include "lib/ivoid.h"
#include "lib/text.h"

namespace vtp {
namespace {

constexpr const char* stray_nul = "not well-formed XML: it has a NUL byte in it";

std::string with_line(const CheckResult& check, std::string_view reason) {
  return check.line > 0 ? fmt::format("line {}: {}", check.line, reason) : std::string(reason);
}

std::string complaint(const CheckResult& check) {
  switch (check.verdict) {
    case Verdict::valid:
      return {};
    case Verdict::malformed:
      return with_line(check, "not well-formed XML: " + check.reason);
    case Verdict::invalid:
    case Verdict::dtd:
    case Verdict::other:
      return with_line(check, check.reason);
  }
  return {};
}

std::string fault_in_ivorn(const std::string& ivorn) {
  const auto id = parse_ivoid(ivorn);
  if (!id) return "ivorn " + id.problem();
  if (id->local_part.empty())
    return fmt::format("No per-event local ID in ivorn {} (after # or ?)", shortened(ivorn, 200));
  return {};
}

// In UTF-16 and UTF-32 the first character, which is ASCII or a byte-order mark with one after it,
// has one.
bool has_stray_nul(std::string_view document) {
  constexpr char nul = '\0';
  return document.substr(0, 4).find(nul) == std::string_view::npos &&
         document.find(nul) != std::string_view::npos;
}

}  // namespace

Judgement judge_from_author(const CheckResult& check, std::string_view document) {
  std::string reason = complaint(check);
  if (!check.is_voevent) return {Admission::ignore, reason};
  if (reason.empty() && has_stray_nul(document)) reason = stray_nul;
  if (reason.empty()) reason = fault_in_ivorn(check.headline.ivorn);
  if (reason.empty()) return {Admission::accept, {}};
  return {Admission::refuse, reason};
}

Judgement judge_from_upstream(const CheckResult& check, std::string_view document) {
  std::string obstacle = obstacle_in(check, document);
  if (obstacle.empty()) return {Admission::accept, {}};
  return {Admission::ignore, check.verdict == Verdict::malformed ? complaint(check) : obstacle};
}

std::string obstacle_in(const CheckResult& check, std::string_view document) {
  if (check.verdict == Verdict::malformed || check.verdict == Verdict::dtd || !check.is_voevent)
    return complaint_of(check);
  if (has_stray_nul(document)) return stray_nul;
  return check.headline.ivorn.empty() ? "the VOEvent has no ivorn" : "";
}

std::string rejection(const std::string& reason) { return "Event rejected: " + reason; }

}  // namespace vtp
