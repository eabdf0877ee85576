// What is beyond doubt for quick_check must be so for check.
#pragma once

#include <cstdio>
#include <string>

#include "lib/admit.h"
#include "lib/check.h"
#include "lib/quick_check.h"

namespace vtp::test {

// 1 if the document is plain, else 0; counts, and prints, a difference to what check found.
inline int quick_check_agrees(const std::string& document, const CheckResult& check,
                              int& differences) {
  const auto plain = plain_event(document);
  if (!plain) return 0;
  const vtp::Judgement judgement = judge_from_upstream(check, document);
  if (judgement.admission != Admission::accept || plain->ivorn != check.headline.ivorn ||
      plain->role != check.headline.role) {
    ++differences;
    std::printf("plain with ivorn %s and role %s, but %s, %s: %s\n",
                std::string(plain->ivorn).c_str(), std::string(plain->role).c_str(),
                check.headline.ivorn.c_str(), check.headline.role.c_str(),
                judgement.reason.c_str());
  }
  return 1;
}

}  // namespace vtp::test
