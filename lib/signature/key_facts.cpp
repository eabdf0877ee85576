#include "lib/signature/key_facts.h"

#include <stdexcept>
#include <sys/stat.h>
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
  if (gpgme_err_code(error) != GPG_ERR_EOF)
    throw std::runtime_error(fmt::format("the key ring cannot be read: {}", text_of(error)));
  return count;
}

// The files of GnuPG 2.1 and later, of older ones, and of the key box daemon.
KeyRingFacts::KeyRingFacts(const std::optional<std::string>& keyring) {
  const char* const home = gpgme_get_dirinfo("homedir");
  const std::string folder = keyring.value_or(home ? home : "");
  for (const char* name : {"/pubring.kbx", "/pubring.gpg", "/public-keys.d/pubring.db"})
    files_.push_back(folder + name);
}

Result<std::optional<KeyFacts>> KeyRingFacts::find(gpgme_ctx_t context, GpgRun& run,
                                                   const std::string& fingerprint,
                                                   std::chrono::milliseconds timeout) {
  const auto now = std::chrono::steady_clock::now();
  Stamp current = stamp();
  if (current != seen_ || now - read_ > longest_time) {
    keys_.clear();
    seen_ = std::move(current);
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

KeyRingFacts::Stamp KeyRingFacts::stamp() const {
  Stamp stamp;
  for (const std::string& file : files_) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0)
      stamp.changed.emplace_back(status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    else
      stamp.changed.emplace_back(0, 0);
  }
  return stamp;
}

}  // namespace vtp
