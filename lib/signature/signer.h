// Signs events with a key of a key ring.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/diagnostics.h"
#include "lib/base/result.h"

namespace vtp {

struct SignerOptions {
  std::string key;  // as gpg takes it: a fingerprint, a key ID, a part of a user id
  std::optional<std::string> keyring;  // as for SignatureCheckOptions
};

// One thread at a time. gpg(1) and its agent do the work, about 20 ms for each event.
class Signer {
 public:
  // Finds the key and tries it, so that gpg's agent asks for a passphrase now or never. Throws
  // std::runtime_error, with one line that says what to do: there is no such secret key, or there are
  // several; it has expired, is revoked, or cannot sign; its passphrase cannot be had. diagnostics
  // must live longer.
  Signer(const SignerOptions& options, const Diagnostics& diagnostics);
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // The event with a signature (layout.h), or why there is none. author: the event's AuthorIVORN; a
  // warning is written once for each that is no user id of the key.
  [[nodiscard]] Result<std::string> sign(std::string_view event, std::string_view author);

 private:
  class Gpg;
  std::unique_ptr<Gpg> gpg_;
};

}  // namespace vtp
