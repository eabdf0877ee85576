#include "lib/voevent/examined.h"

#include "lib/voevent/acceptance.h"
#include "lib/voevent/fast_path.h"

namespace vtp {

Examined examine(std::string_view message, Checker& checker, bool whole_headline) {
  Examined found;
  if (!whole_headline) {
    if (const auto plain = plain_event(message)) {
      found.what = Examined::What::event;
      found.headline.ivorn = plain->ivorn;
      found.headline.role = plain->role;
      found.digest = digest_of(message);
      return found;
    }
  }
  const CheckResult& check = checker.check(message);
  if (!check.is_voevent) {
    found.reason = check.reason;
    return found;
  }
  const Judgement judgement = judge_from_upstream(check, message);
  const bool fit = judgement.acceptance == Acceptance::accept;
  found.what = fit ? Examined::What::event : Examined::What::unfit;
  found.reason = judgement.reason;
  found.headline = check.headline;
  found.digest = digest_of(message);
  return found;
}

}  // namespace vtp
