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
};
using GpgContext = std::unique_ptr<gpgme_context, GpgDeleter>;
using GpgData = std::unique_ptr<gpgme_data, GpgDeleter>;
using GpgKey = std::unique_ptr<_gpgme_key, GpgDeleter>;

// keyring: a GnuPG home folder; nothing: that of the account, or $GNUPGHOME. Every key in it is
// trusted (gpg's --trust-model=always). program: gpg's path; empty: as GPGME finds it. Throws
// std::runtime_error, with one line that says what to do, if there is no gpg or no such folder.
[[nodiscard]] GpgContext make_context(const std::optional<std::string>& keyring,
                                      const std::string& program = {});

// Reads bytes that must outlive it. Throws std::bad_alloc.
[[nodiscard]] GpgData data_of(std::string_view bytes);

// "No secret key", without the name of the part of GnuPG that says it.
[[nodiscard]] std::string text_of(gpgme_error_t error);

// For messages: the folder, or "the key ring of this account".
[[nodiscard]] std::string name_of_keyring(const std::optional<std::string>& keyring);

}  // namespace vtp
