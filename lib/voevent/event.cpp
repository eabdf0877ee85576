#include "lib/voevent/event.h"

#include <charconv>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace vtp {

std::string Digest::hex() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::optional<Digest> Digest::parse(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const char* end = hex.data() + 2 * (i + 1);
    if (std::from_chars(end - 2, end, digest.bytes[i], 16).ptr != end) return std::nullopt;
  }
  return digest;
}

namespace {

// SHA-256 of the crypto library, set up once per thread: the setup costs as much time as hashing
// some hundred bytes.
class Sha256 {
 public:
  Digest of(std::string_view bytes) {
    Digest digest;
    const bool done = algorithm_ && context_ &&
                      EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
                      EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr) == 1;
    if (!done) throw std::runtime_error("the crypto library cannot compute SHA-256");
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

}  // namespace

Digest digest_of(std::string_view bytes) {
  thread_local Sha256 sha256;
  return sha256.of(bytes);
}

void Headline::clear() {
  for (std::string* text :
       {&ivorn, &role, &version, &author, &date, &event_time, &frame, &position_unit})
    text->clear();
  for (std::optional<double>* number : {&ra, &dec, &error_radius})
    number->reset();
}

}  // namespace vtp
