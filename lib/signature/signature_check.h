// Checks the signature of one event after the other, with gpg(1).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/voevent/signature_finding.h"

namespace vtp {

// Whether the key with this fingerprint (that of the primary key, in upper-case hexadecimal digits)
// is listed for events with this ivorn. Any thread.
using ListedKey = std::function<bool(std::string_view fingerprint, std::string_view ivorn)>;

struct SignatureCheckOptions {
  // A GnuPG home folder, of which every key is trusted; nothing: that of the account, or $GNUPGHOME.
  std::optional<std::string> keyring{};
  ListedKey listed{};                         // empty: no key is listed
  std::string program{};                      // gpg's path; empty: as GPGME finds it
  std::chrono::milliseconds timeout{30'000};  // for a check; it is tried twice
};

// The number of public keys in the key ring. Throws std::runtime_error, with one line that says what
// to do, if there is no gpg or no such folder, or if it cannot be read (key_ring_files.h).
[[nodiscard]] std::size_t count_keys(const SignatureCheckOptions& options);

// "FOLDER", or "the key ring of this account".
[[nodiscard]] std::string name_of_keyring(const std::optional<std::string>& keyring);

// One thread at a time, but for interrupt().
class SignatureCheck {
 public:
  // Throws std::runtime_error, as count_keys(), if there is no gpg or no such folder.
  explicit SignatureCheck(SignatureCheckOptions options);
  ~SignatureCheck();
  SignatureCheck(const SignatureCheck&) = delete;
  SignatureCheck& operator=(const SignatureCheck&) = delete;

  // event: a well-formed document that has this ivorn. If the event has signatures (layout.h), blocks
  // for about 10 ms, the time of gpg, for each until one is good; else it costs next to nothing. The
  // state is `good` if one of them is over these bytes and of a key that has the event's AuthorIVORN
  // as a user id (user_id.h), or is listed for the ivorn. Else it is the first that any of them has of:
  // `unchecked`, if gpg cannot be run or the key ring cannot be read (key_ring_files.h); `expired`;
  // `unknown_key`; and `bad`, also if gpg does not end in time, twice, for all of them together.
  [[nodiscard]] SignatureFinding check(std::string_view event, std::string_view ivorn);

  // Makes a check() that is under way return at once, with `unchecked`, and all later ones that would
  // run gpg. Any thread.
  void interrupt();

 private:
  class Gpg;
  std::unique_ptr<Gpg> gpg_;
};

}  // namespace vtp
