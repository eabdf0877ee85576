// Checks the signature of one event after the other, with gpg(1).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/signature/gpg.h"
#include "lib/signature/key_facts.h"
#include "lib/signature/layout.h"
#include "lib/voevent/check.h"
#include "lib/voevent/signature_finding.h"

namespace vtp {

// Whether the key with this fingerprint (that of the primary key, in upper-case hexadecimal digits)
// is listed for events with this ivorn. Any thread.
using ListedKey = std::function<bool(std::string_view fingerprint, std::string_view ivorn)>;

struct SignatureCheckOptions {
  std::optional<std::string> keyring;  // as for make_context
  ListedKey listed{};                  // empty: no key is listed
  std::string program{};               // likewise
};

// One thread at a time, but for interrupt().
class SignatureCheck {
 public:
  // Throws as make_context.
  explicit SignatureCheck(SignatureCheckOptions options);

  // event: a well-formed document that has this ivorn. Blocks for about 10 ms, the time of gpg, if
  // the event has a signature (layout.h); else it costs next to nothing. The state is `good` if one
  // of its signatures is over these bytes and of a key that has the event's AuthorIVORN as a user id
  // (user_id.h), or is listed for the ivorn; else it is that of the first signature.
  [[nodiscard]] SignatureFinding check(std::string_view event, std::string_view ivorn);

  // Makes a check() that is under way return soon, with `unchecked`. Any thread.
  void interrupt() { gpgme_cancel_async(context_.get()); }

 private:
  struct Author;

  [[nodiscard]] SignatureFinding finding_of(const _gpgme_signature& signature,
                                            const Author& author);
  [[nodiscard]] SignatureFinding finding_of_key(const std::string& fingerprint, bool expired,
                                                const Author& author);
  [[nodiscard]] SignatureFinding finding_of_failure(gpgme_error_t error) const;

  SignatureCheckOptions options_;
  GpgContext context_;
  KeyRingFacts keys_;
  Checker checker_;
};

}  // namespace vtp
