// What is known of the keys of a key ring, without a run of gpg(1) each time.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/signature/gpg.h"
#include "lib/signature/gpg_run.h"
#include "lib/signature/key_ring_files.h"

namespace vtp {

struct KeyFacts {
  std::string fingerprint;            // of the primary key, upper-case hexadecimal
  std::vector<std::string> user_ids;  // that are neither revoked nor invalid
};

// The number of public keys in the context's key ring. Throws std::runtime_error if gpg cannot say.
[[nodiscard]] std::size_t number_of_keys(gpgme_ctx_t context);

// One thread at a time.
class KeyRingFacts {
 public:
  // For how long facts are remembered, also if no change of the key ring is seen.
  static constexpr std::chrono::seconds longest_time{60};

  // The key with this fingerprint, which may be that of a subkey; nothing if it is not there. The
  // problem: gpg cannot say. Looks at the key ring again if its files have changed.
  // run: of the context. files: as they are now.
  [[nodiscard]] Result<std::optional<KeyFacts>> find(gpgme_ctx_t context, GpgRun& run,
                                                     const KeyRingFiles::Stamp& files,
                                                     const std::string& fingerprint,
                                                     std::chrono::milliseconds timeout);

 private:
  KeyRingFiles::Stamp seen_;
  std::chrono::steady_clock::time_point read_{};
  std::map<std::string, KeyFacts> keys_;
};

}  // namespace vtp
