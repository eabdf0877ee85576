#include "lib/sessions/figures.h"

namespace vtp {

FateName name_of(Fate fate) {
  switch (fate) {
    case Fate::accepted:
      return {"accepted", ""};
    case Fate::duplicate:
      return {"duplicate", "seen_before"};
    case Fate::not_voevent:
      return {"refused", "not_voevent"};
    case Fate::invalid:
      return {"refused", "invalid"};
    case Fate::not_admitted:
      return {"refused", "not_admitted"};
    case Fate::signature:
      return {"refused", "signature"};
    case Fate::too_large:
      return {"refused", "too_large"};
    case Fate::no_memory:
      return {"failed", "no_memory"};
    case Fate::filtered:
      return {"refused", "filter"};
    case Fate::log_refuses:
      return {"refused", "log"};
    case Fate::cannot_store:
      return {"failed", "cannot_store"};
  }
  return {"failed", ""};
}

}  // namespace vtp
