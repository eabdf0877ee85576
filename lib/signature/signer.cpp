#include "lib/signature/signer.h"

#include <functional>
#include <new>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/signature/gpg.h"
#include "lib/signature/layout.h"
#include "lib/signature/signature_check.h"
#include "lib/signature/user_id.h"

namespace vtp {
namespace {

// All keys that match, of those with a secret part or of all.
std::vector<GpgKey> keys_for(gpgme_ctx_t context, const std::string& name, bool secret) {
  std::vector<GpgKey> keys;
  gpgme_error_t error = gpgme_op_keylist_start(context, name.c_str(), secret ? 1 : 0);
  while (error == 0) {
    gpgme_key_t key = nullptr;
    error = gpgme_op_keylist_next(context, &key);
    if (error == 0) keys.emplace_back(key);
  }
  gpgme_op_keylist_end(context);
  if (gpgme_err_code(error) != GPG_ERR_EOF)
    throw std::runtime_error(fmt::format("--sign={}: {}", name, text_of(error)));
  return keys;
}

// Why gpg would not sign with it; empty if it would.
std::string fault_of(const _gpgme_key& key) {
  if (key.revoked) return "is revoked";
  if (key.expired) return "has expired; extend it with gpg --quick-set-expire, or use another one";
  if (key.disabled) return "is disabled";
  if (key.invalid) return "is invalid";
  if (!key.can_sign) return "cannot sign: it has no valid part for signing";
  return {};
}

GpgKey find_key(gpgme_ctx_t context, const SignerOptions& options) {
  const std::string where = name_of_keyring(options.keyring);
  if (options.key.empty())
    throw std::runtime_error("--sign: give a key: its fingerprint, or a part of its user id");
  std::vector<GpgKey> keys = keys_for(context, options.key, true);
  if (keys.empty() && !keys_for(context, options.key, false).empty())
    throw std::runtime_error(
        fmt::format("--sign={}: {} has only the public part of this key; import the secret one",
                    options.key, where));
  if (keys.empty())
    throw std::runtime_error(fmt::format(
        "--sign={}: no such key in {}; gpg --list-secret-keys shows those that are there",
        options.key, where));
  if (keys.size() > 1)
    throw std::runtime_error(fmt::format("--sign={}: {} keys in {} match; give the fingerprint",
                                         options.key, keys.size(), where));
  if (const std::string fault = fault_of(*keys.front()); !fault.empty())
    throw std::runtime_error(
        fmt::format("--sign={}: the key {} {}", options.key, keys.front()->fpr, fault));
  return std::move(keys.front());
}

std::string advice_for(gpgme_error_t error) {
  switch (gpgme_err_code(error)) {
    case GPG_ERR_BAD_PASSPHRASE:
      return "; try again with the right passphrase";
    case GPG_ERR_NO_PIN_ENTRY:
    case GPG_ERR_PIN_ENTRY:
    case GPG_ERR_NO_PASSPHRASE:
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
    case GPG_ERR_TIMEOUT:
    case GPG_ERR_GENERAL:
    case GPG_ERR_ENOTTY:
    case GPG_ERR_INV_ENGINE:
      return "; where nobody can type a passphrase, use a key that has none, or give it to the "
             "agent "
             "before (gpg-preset-passphrase(1))";
    case GPG_ERR_NO_AGENT:
    case GPG_ERR_AGENT:
      return "; gpg-agent must be installed and able to run";
    default:
      return {};
  }
}

}  // namespace

class Signer::Gpg {
 public:
  Gpg(const SignerOptions& options, const Diagnostics& diagnostics);

  [[nodiscard]] Result<std::string> sign(std::string_view event, std::string_view author);

 private:
  [[nodiscard]] Result<std::string> armour_of(std::string_view bytes);
  void warn_of_author(std::string_view author);

  const Diagnostics& diagnostics_;
  GpgContext context_;
  GpgKey key_;
  std::set<std::string, std::less<>> warned_of_;
};

Signer::Signer(const SignerOptions& options, const Diagnostics& diagnostics)
    : gpg_(std::make_unique<Gpg>(options, diagnostics)) {}

Signer::~Signer() = default;

Result<std::string> Signer::sign(std::string_view event, std::string_view author) {
  return gpg_->sign(event, author);
}

Signer::Gpg::Gpg(const SignerOptions& options, const Diagnostics& diagnostics)
    : diagnostics_(diagnostics),
      context_(make_context(options.keyring)),
      key_(find_key(context_.get(), options)) {
  gpgme_set_armor(context_.get(), 1);
  gpgme_signers_add(context_.get(), key_.get());
  const auto tried = armour_of("this is signed to see whether it can be, and not sent");
  if (!tried) throw std::runtime_error(fmt::format("--sign={}: {}", options.key, tried.problem()));
}

Result<std::string> Signer::Gpg::sign(std::string_view event, std::string_view author) {
  if (std::string obstacle = obstacle_to_signing(event); !obstacle.empty())
    return Problem{std::move(obstacle)};
  warn_of_author(author);
  const auto armour = armour_of(parts_of(event)->root);
  return armour ? with_signature(event, *armour) : armour;
}

Result<std::string> Signer::Gpg::armour_of(std::string_view bytes) {
  const GpgData in = data_of(bytes);
  gpgme_data_t made = nullptr;
  if (gpgme_data_new(&made) != 0) throw std::bad_alloc();
  GpgData out(made);
  const auto error = gpgme_op_sign(context_.get(), in.get(), out.get(), GPGME_SIG_MODE_DETACH);
  if (error != 0)
    return Problem{fmt::format("the key {} cannot be used: {}{}", key_->fpr, text_of(error),
                               advice_for(error))};
  std::size_t size = 0;
  char* const bytes_out = gpgme_data_release_and_get_mem(out.release(), &size);
  std::string armour(bytes_out ? bytes_out : "", bytes_out ? size : 0);
  gpgme_free(bytes_out);
  return armour;
}

void Signer::Gpg::warn_of_author(std::string_view author) {
  for (gpgme_user_id_t id = key_->uids; id; id = id->next)
    if (!id->revoked && !id->invalid && names_author(id->uid, author)) return;
  if (!warned_of_.emplace(author).second) return;
  diagnostics_.warning(
      "The key {} has no user id {}, the event's AuthorIVORN: only those who have listed the key "
      "for "
      "it accept the signature",
      key_->fpr, author);
}

}  // namespace vtp
