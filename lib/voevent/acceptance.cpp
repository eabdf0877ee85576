#include "lib/voevent/acceptance.h"

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/voevent/headline.h"
#include "lib/voevent/ivoid.h"
#include "lib/xml/encoding.h"

namespace vtp {
namespace {

constexpr const char* stray_nul = "not well-formed XML: it has a NUL byte in it";

// A longer ivorn is cut in the headline, but is then still longer than longest_ivorn.
static_assert(longest_ivorn <= longest_headline_text);

std::string too_long() { return fmt::format("the ivorn is longer than {} bytes", longest_ivorn); }

std::string with_line(const CheckResult& check, std::string_view reason) {
  return check.line > 0 ? fmt::format("line {}: {}", check.line, reason) : std::string(reason);
}

std::string reason_for_author(const CheckResult& check) {
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
  if (ivorn.size() > longest_ivorn) return too_long();
  const auto id = parse_ivoid(ivorn);
  if (!id) return "ivorn " + id.problem();
  if (id->local_part.empty())
    return fmt::format("No per-event local ID in ivorn {} (after # or ?)", shortened(ivorn, 200));
  return {};
}

// True if the 2-byte character at byte offset `at` is U+0000.
bool is_wide_nul(std::string_view document, std::size_t at) {
  return document[at] == '\0' && document[at + 1] == '\0';
}

// Why a stream of events cannot carry the document as one event; empty if it can.
std::string fault_in_bytes(std::string_view document) {
  if (!begins_as_utf16(document))
    return document.find('\0') == std::string_view::npos ? "" : stray_nul;
  if (document.size() % 2 != 0)
    return "not well-formed XML: it is UTF-16 with an odd number of bytes";
  for (std::size_t at = 0; at < document.size(); at += 2)
    if (is_wide_nul(document, at)) return stray_nul;
  return {};
}

}  // namespace

Judgement judge_from_author(const CheckResult& check, std::string_view document) {
  std::string reason = reason_for_author(check);
  if (!check.is_voevent) return {Acceptance::ignore, reason};
  if (reason.empty()) reason = fault_in_bytes(document);
  if (reason.empty()) reason = fault_in_ivorn(check.headline.ivorn);
  if (reason.empty()) return {Acceptance::accept, {}};
  return {Acceptance::refuse, reason};
}

Judgement judge_from_upstream(const CheckResult& check, std::string_view document) {
  std::string obstacle = obstacle_in(check, document);
  if (obstacle.empty()) return {Acceptance::accept, {}};
  return {Acceptance::ignore,
          check.verdict == Verdict::malformed ? reason_for_author(check) : obstacle};
}

std::string obstacle_in(const CheckResult& check, std::string_view document) {
  if (check.verdict == Verdict::malformed || check.verdict == Verdict::dtd || !check.is_voevent)
    return complaint_of(check);
  if (std::string fault = fault_in_bytes(document); !fault.empty()) return fault;
  if (check.headline.ivorn.empty()) return "the VOEvent has no ivorn";
  return check.headline.ivorn.size() > longest_ivorn ? too_long() : "";
}

}  // namespace vtp
