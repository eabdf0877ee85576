// GPGME's objects as C++ ones, and its errors as one line for people. GPGME runs gpg(1) for each
// operation; no network is used.
#pragma once

#include <gpgme.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vtp {

struct GpgDeleter {
  void operator()(gpgme_context* context) const { gpgme_release(context); }
  void operator()(gpgme_data* data) const { gpgme_data_release(data); }
  void operator()(_gpgme_key* key) const { gpgme_key_unref(key); }
  void operator()(_gpgme_op_verify_result* result) const { gpgme_result_unref(result); }
};
using GpgContext = std::unique_ptr<gpgme_context, GpgDeleter>;
using GpgData = std::unique_ptr<gpgme_data, GpgDeleter>;
using GpgKey = std::unique_ptr<_gpgme_key, GpgDeleter>;
using GpgResult = std::unique_ptr<_gpgme_op_verify_result, GpgDeleter>;

// keyring: a GnuPG home folder; nothing: that of the account, or $GNUPGHOME. Every key in it is
// trusted (gpg's --trust-model=always). program: gpg's path; empty: as GPGME finds it. Throws
// std::runtime_error, with one line that says what to do, if there is no gpg or no such folder.
[[nodiscard]] GpgContext make_context(const std::optional<std::string>& keyring,
                                      const std::string& program = {});

// Reads bytes that must outlive it. Throws std::bad_alloc.
[[nodiscard]] GpgData data_of(std::string_view bytes);

// "No secret key", without the name of the part of GnuPG that says it.
[[nodiscard]] std::string text_of(gpgme_error_t error);

}  // namespace vtp
