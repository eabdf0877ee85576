#include "lib/event.h"

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

Digest digest_of(std::string_view bytes) {
  Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr) !=
      1)
    throw std::runtime_error("the crypto library cannot compute SHA-256");
  return digest;
}

void Headline::clear() {
  for (std::string* text :
       {&ivorn, &role, &version, &author, &date, &event_time, &frame, &position_unit})
    text->clear();
  for (std::optional<double>* number : {&ra, &dec, &error_radius})
    number->reset();
}

}  // namespace vtp
