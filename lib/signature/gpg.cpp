#include "lib/signature/gpg.h"

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace vtp {
namespace {

// Once in a process, before anything else of GPGME.
void begin_using() {
  static const bool begun = gpgme_check_version(nullptr) != nullptr;
  static_cast<void>(begun);
}

void check_folder(const std::string& folder) {
  struct stat status {};
  std::error_code problem;
  if (::stat(folder.c_str(), &status) != 0)
    problem = std::error_code(errno, std::generic_category());
  else if (!S_ISDIR(status.st_mode))
    problem = std::make_error_code(std::errc::not_a_directory);
  else if (::access(folder.c_str(), R_OK | X_OK) != 0)
    problem = std::error_code(errno, std::generic_category());
  if (problem)
    throw std::runtime_error(
        fmt::format("--keyring: {}: {}; it must be a GnuPG home folder that this account can read",
                    folder, problem.message()));
}

}  // namespace

GpgContext make_context(const std::optional<std::string>& keyring, const std::string& program) {
  begin_using();
  if (gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP) != 0)
    throw std::runtime_error(
        "signatures need GnuPG: gpg is not there, or is older than 1.4; on Debian, install gpg");
  if (keyring) check_folder(*keyring);
  gpgme_ctx_t made = nullptr;
  if (gpgme_new(&made) != 0) throw std::bad_alloc();
  GpgContext context(made);
  gpgme_set_protocol(made, GPGME_PROTOCOL_OpenPGP);
  gpgme_set_offline(made, 1);
  gpgme_set_ctx_flag(made, "trust-model", "always");
  if (!keyring && program.empty()) return context;
  const auto error = gpgme_ctx_set_engine_info(made, GPGME_PROTOCOL_OpenPGP,
                                               program.empty() ? nullptr : program.c_str(),
                                               keyring ? keyring->c_str() : nullptr);
  if (error != 0)
    throw std::runtime_error(fmt::format("{}: {}", keyring.value_or(program), text_of(error)));
  return context;
}

GpgData data_of(std::string_view bytes) {
  gpgme_data_t data = nullptr;
  if (gpgme_data_new_from_mem(&data, bytes.data(), bytes.size(), /*copy=*/0) != 0)
    throw std::bad_alloc();
  return GpgData(data);
}

std::string text_of(gpgme_error_t error) {
  std::array<char, 256> text{};
  gpgme_strerror_r(error, text.data(), text.size());
  return text.data();
}

}  // namespace vtp
