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
  const auto ivorn = plain_event(document);
  if (!ivorn) return 0;
  const vtp::Judgement judgement = judge_from_upstream(check, document);
  if (judgement.admission != Admission::accept || *ivorn != check.headline.ivorn) {
    ++differences;
    std::printf("plain with ivorn %s, but %s: %s\n", std::string(*ivorn).c_str(),
                check.headline.ivorn.c_str(), judgement.reason.c_str());
  }
  return 1;
}

}  // namespace vtp::test
