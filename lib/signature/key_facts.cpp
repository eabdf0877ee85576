#include "lib/signature/key_facts.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace vtp {

std::size_t number_of_keys(gpgme_ctx_t context) {
  std::size_t count = 0;
  gpgme_error_t error = gpgme_op_keylist_start(context, nullptr, /*secret_only=*/0);
  while (error == 0) {
    gpgme_key_t key = nullptr;
    error = gpgme_op_keylist_next(context, &key);
    if (error != 0) break;
    gpgme_key_unref(key);
    ++count;
  }
  gpgme_op_keylist_end(context);
  if (gpgme_err_code(error) != GPG_ERR_EOF) throw std::runtime_error(text_of(error));
  return count;
}

Result<std::optional<KeyFacts>> KeyRingFacts::find(gpgme_ctx_t context, GpgRun& run,
                                                   const KeyRingFiles::Stamp& files,
                                                   const std::string& fingerprint,
                                                   std::chrono::milliseconds timeout) {
  const auto now = std::chrono::steady_clock::now();
  if (files != seen_ || now - read_ > longest_time) {
    keys_.clear();
    seen_ = files;
    read_ = now;
  }
  if (const auto known = keys_.find(fingerprint); known != keys_.end())
    return std::optional(known->second);
  auto error = gpgme_op_keylist_start(context, fingerprint.c_str(), /*secret_only=*/0);
  if (error == 0) error = run.wait(timeout);
  if (error != 0) return Problem{text_of(error)};
  if (run.keys().size() != 1) return std::optional<KeyFacts>();
  const GpgKey key = std::move(run.keys().front());
  KeyFacts facts{key->fpr ? key->fpr : fingerprint, {}};
  for (gpgme_user_id_t id = key->uids; id; id = id->next)
    if (!id->revoked && !id->invalid) facts.user_ids.emplace_back(id->uid);
  return std::optional(keys_.emplace(fingerprint, std::move(facts)).first->second);
}

}  // namespace vtp
