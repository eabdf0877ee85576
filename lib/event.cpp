#include "lib/event.h"

#include <charconv>
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
