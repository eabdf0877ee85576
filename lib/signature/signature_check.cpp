#include "lib/signature/signature_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/signature/gpg.h"
#include "lib/signature/gpg_run.h"
#include "lib/signature/key_facts.h"
#include "lib/signature/key_ring_files.h"
#include "lib/signature/layout.h"
#include "lib/signature/user_id.h"
#include "lib/voevent/check.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t shortest_fingerprint = 40;  // a key ID, of 16 digits, names no key for sure

SignatureFinding finding(SignatureState state, std::string explanation) {
  return {state, {}, std::move(explanation)};
}

SignatureFinding unchecked(const std::string& reason) {
  return finding(SignatureState::unchecked,
                 fmt::format("gpg cannot check its signature: {}", reason));
}

std::string text_or(const char* text, const char* otherwise) { return text ? text : otherwise; }

// Of several findings, that with the lowest rank counts, in whichever order they are.
int rank_of(SignatureState state) {
  switch (state) {
    case SignatureState::good:
      return 0;
    case SignatureState::unchecked:
      return 1;
    case SignatureState::expired:
      return 2;
    case SignatureState::unknown_key:
      return 3;
    default:
      return 4;
  }
}

// A failure of the machine, not of the signature.
bool is_for_now(gpgme_error_t error) {
  switch (gpgme_err_code(error)) {
    case GPG_ERR_CANCELED:
    case GPG_ERR_INV_ENGINE:
    case GPG_ERR_ENOMEM:
    case GPG_ERR_EMFILE:
    case GPG_ERR_ENFILE:
    case GPG_ERR_EAGAIN:
      return true;
    default:
      return false;
  }
}

}  // namespace

class SignatureCheck::Gpg {
 public:
  explicit Gpg(SignatureCheckOptions options)
      : options_(std::move(options)),
        context_(make_context(options_.keyring, options_.program)),
        run_(context_.get()),
        files_(options_.keyring) {}

  [[nodiscard]] SignatureFinding check(std::string_view event, std::string_view ivorn);
  void interrupt() { run_.interrupt(); }

 private:
  struct Author;

  [[nodiscard]] SignatureFinding check(const FoundSignature& signature,
                                       std::string_view signed_bytes, const Author& author);
  [[nodiscard]] gpgme_error_t verify(std::string_view packets, std::string_view bytes);
  [[nodiscard]] SignatureFinding finding_of(const _gpgme_signature& signature,
                                            const Author& author);
  [[nodiscard]] SignatureFinding finding_of_key(const std::string& fingerprint, bool expired,
                                                const Author& author);
  [[nodiscard]] SignatureFinding best_of(const _gpgme_op_verify_result& result,
                                         const Author& author);
  [[nodiscard]] bool has_gpg();

  SignatureCheckOptions options_;
  GpgContext context_;
  GpgRun run_;
  KeyRingFiles files_;
  KeyRingFiles::Stamp seen_;      // the files as they were before the check
  steady_clock::time_point end_;  // of the check
  KeyRingFacts keys_;
  Checker checker_;
};

// As the signed bytes say.
struct SignatureCheck::Gpg::Author {
  std::string_view ivorn;
  std::string name;  // AuthorIVORN
};

std::size_t count_keys(const SignatureCheckOptions& options) {
  const GpgContext context = make_context(options.keyring, options.program);
  const std::string where = name_of_keyring(options.keyring);
  if (const std::string obstacle = KeyRingFiles(options.keyring).obstacle(); !obstacle.empty())
    throw std::runtime_error(
        fmt::format("--keyring: {}; all files of {} must be whole, and readable by this account",
                    obstacle, where));
  try {
    return number_of_keys(context.get());
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(
        fmt::format("--keyring: {}: it cannot be read: {}", where, problem.what()));
  }
}

std::string name_of_keyring(const std::optional<std::string>& keyring) {
  return keyring.value_or("the key ring of this account");
}

SignatureCheck::SignatureCheck(SignatureCheckOptions options)
    : gpg_(std::make_unique<Gpg>(std::move(options))) {}

SignatureCheck::~SignatureCheck() = default;

SignatureFinding SignatureCheck::check(std::string_view event, std::string_view ivorn) {
  return gpg_->check(event, ivorn);
}

void SignatureCheck::interrupt() { gpg_->interrupt(); }

SignatureFinding SignatureCheck::Gpg::check(std::string_view event, std::string_view ivorn) {
  const auto found = find_signatures(event);
  if (!found) return unsigned_finding();
  if (found->signatures.empty()) return finding(SignatureState::bad, found->flaw);
  // The author is read from what is signed, so that nothing else of the document can say who it is.
  const std::string alone = std::string(found->parts.declaration).append(found->parts.root);
  const Headline& headline = checker_.check(alone).headline;
  if (headline.ivorn != ivorn)
    return finding(SignatureState::bad, "its signature is not that of the whole event");
  const Author author{ivorn, headline.author};

  end_ = steady_clock::now() + 2 * options_.timeout;
  std::optional<SignatureFinding> best;
  std::string scratch;
  // One run of gpg for each: it ends at the first of several that is bad.
  for (const FoundSignature& each : found->signatures) {
    SignatureFinding one = check(each, found->signed_bytes(each, scratch), author);
    if (!best || rank_of(one.state) < rank_of(best->state)) best = std::move(one);
    if (best->state == SignatureState::good) break;
  }
  return *std::move(best);
}

SignatureFinding SignatureCheck::Gpg::check(const FoundSignature& signature,
                                            std::string_view signed_bytes, const Author& author) {
  SignatureFinding last;
  for (int tries = 0; tries < 2; ++tries) {
    seen_ = files_.stamp();
    if (const std::string obstacle = files_.obstacle(); !obstacle.empty())
      return finding(SignatureState::unchecked,
                     fmt::format("the key ring cannot be read: {}", obstacle));
    const auto error = verify(signature.packet, signed_bytes);
    // Kept, since the next operation, such as one for a key, would take it away.
    const GpgResult result(gpgme_op_verify_result(context_.get()));
    if (result) gpgme_result_ref(result.get());
    if (is_for_now(error)) return unchecked(text_of(error));
    if (gpgme_err_code(error) == GPG_ERR_TIMEOUT) {
      last = finding(SignatureState::bad, "gpg did not finish checking its signature in time");
    } else if (error != 0) {
      return finding(SignatureState::bad, "its signature cannot be read");
    } else if (result && result->signatures) {
      SignatureFinding found = best_of(*result, author);
      if (found.state == SignatureState::good || files_.stamp() == seen_) return found;
      last = finding(SignatureState::unchecked, "the key ring has changed meanwhile");
    } else {  // gpg said nothing: there is none, or this is too much for it
      if (!has_gpg()) return unchecked("it cannot be run");
      last = finding(SignatureState::bad, "gpg ended without a word on its signature");
    }
  }
  return last;
}

SignatureFinding SignatureCheck::Gpg::best_of(const _gpgme_op_verify_result& result,
                                              const Author& author) {
  std::optional<SignatureFinding> first;
  for (gpgme_signature_t each = result.signatures; each; each = each->next) {
    SignatureFinding one = finding_of(*each, author);
    if (one.state == SignatureState::good) return one;
    if (!first) first = std::move(one);
  }
  return *std::move(first);
}

gpgme_error_t SignatureCheck::Gpg::verify(std::string_view packets, std::string_view bytes) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - steady_clock::now());
  const GpgData signature = data_of(packets);
  const GpgData text = data_of(bytes);
  const auto error = gpgme_op_verify_start(context_.get(), signature.get(), text.get(), nullptr);
  return error != 0 ? error : run_.wait(std::min(options_.timeout, left));
}

// GPGME asks it for its version now.
bool SignatureCheck::Gpg::has_gpg() {
  constexpr std::string_view of_none = "1.0.0";  // what GPGME notes of a program that does not say
  const char* const program = options_.program.empty() ? nullptr : options_.program.c_str();
  const char* const keyring = options_.keyring ? options_.keyring->c_str() : nullptr;
  gpgme_ctx_set_engine_info(context_.get(), GPGME_PROTOCOL_OpenPGP, program, keyring);
  for (auto info = gpgme_ctx_get_engine_info(context_.get()); info; info = info->next)
    if (info->protocol == GPGME_PROTOCOL_OpenPGP) return info->version && of_none != info->version;
  return false;
}

SignatureFinding SignatureCheck::Gpg::finding_of(const _gpgme_signature& signature,
                                                 const Author& author) {
  const std::string key = text_or(signature.fpr, "without a name");
  if (signature.wrong_key_usage)
    return finding(SignatureState::bad, fmt::format("the key {} is not for signing", key));
  switch (gpgme_err_code(signature.status)) {
    case GPG_ERR_NO_ERROR:
      return finding_of_key(key, false, author);
    case GPG_ERR_SIG_EXPIRED:
    case GPG_ERR_KEY_EXPIRED:
      return finding_of_key(key, true, author);
    case GPG_ERR_NO_PUBKEY:
      return finding(SignatureState::unknown_key,
                     fmt::format("the key {} is not in the key ring", key));
    case GPG_ERR_CERT_REVOKED:
      return finding(SignatureState::bad, fmt::format("the key {} is revoked", key));
    case GPG_ERR_BAD_SIGNATURE:
      return finding(SignatureState::bad,
                     fmt::format("its signature by the key {} is not of these bytes", key));
    default:
      return finding(SignatureState::bad,
                     fmt::format("its signature cannot be checked: {}", text_of(signature.status)));
  }
}

// Of a key that has signed these bytes.
SignatureFinding SignatureCheck::Gpg::finding_of_key(const std::string& fingerprint, bool expired,
                                                     const Author& author) {
  if (fingerprint.size() < shortest_fingerprint) return unchecked("it ended before it was done");
  const auto known = keys_.find(context_.get(), run_, seen_, fingerprint, options_.timeout);
  if (!known)
    return unchecked(fmt::format("it does not show the key {}: {}", fingerprint, known.problem()));
  const std::optional<KeyFacts>& key = *known;
  if (!key) return unchecked(fmt::format("the key {} is gone", fingerprint));
  const std::string first = key->user_ids.empty() ? "" : shortened(key->user_ids.front(), 200);
  const std::string name = fmt::format("{} ({})", key->fingerprint, first);
  if (expired)
    return {SignatureState::expired, key->fingerprint,
            fmt::format("its signature by the key {} has expired, or the key has", name)};
  const bool is_authors = std::ranges::any_of(
      key->user_ids, [&](const std::string& id) { return names_author(id, author.name); });
  if (is_authors || (options_.listed && options_.listed(key->fingerprint, author.ivorn)))
    return {SignatureState::good, key->fingerprint, fmt::format("signed by the key {}", name)};
  if (author.name.empty())
    return {SignatureState::unknown_key, key->fingerprint,
            fmt::format("the event has no AuthorIVORN, and the key {} is not listed for it", name)};
  return {
      SignatureState::unknown_key, key->fingerprint,
      fmt::format("the key {} has no user id {}, the event's AuthorIVORN, and is not listed for it",
                  name, shortened(author.name, 200))};
}

}  // namespace vtp
