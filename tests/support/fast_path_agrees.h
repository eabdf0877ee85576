// Compares the fast path with the full check: what the fast path accepts, the check must accept,
// too.
#pragma once

#include <cstdio>
#include <string>

#include "lib/voevent/acceptance.h"
#include "lib/voevent/check.h"
#include "lib/voevent/fast_path.h"

namespace vtp::test {

// Returns 1 if the document is plain, else 0. Counts and prints each difference between the full
// check and `quick`, which may have skipped the parser, or plain_event.
inline int fast_path_agrees(const std::string& document, const CheckResult& quick,
                            const CheckResult& check, int& differences) {
  if (quick.verdict != check.verdict || quick.line != check.line || quick.reason != check.reason ||
      quick.is_voevent != check.is_voevent || quick.headline != check.headline) {
    ++differences;
    std::fprintf(stderr, "%s, but in full %s: %s\n", std::string(name_of(quick.verdict)).c_str(),
                 std::string(name_of(check.verdict)).c_str(), check.reason.c_str());
  }
  const auto plain = plain_event(document);
  if (!plain) return 0;
  const vtp::Judgement judgement = judge_from_upstream(check, document);
  if (judgement.acceptance != Acceptance::accept || plain->ivorn != check.headline.ivorn ||
      plain->role != check.headline.role) {
    ++differences;
    std::fprintf(stderr, "plain with ivorn %s and role %s, but %s, %s: %s\n",
                 std::string(plain->ivorn).c_str(), std::string(plain->role).c_str(),
                 check.headline.ivorn.c_str(), check.headline.role.c_str(),
                 judgement.reason.c_str());
  }
  return 1;
}

}  // namespace vtp::test
