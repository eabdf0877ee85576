// JSON web tokens for tests (RFC 7519); nothing signs them.
#pragma once

#include <string>
#include <string_view>

namespace vtp {

// RFC 4648, section 5, without padding.
inline std::string base64url(std::string_view bytes) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6;)
      out += alphabet[bits >> (count -= 6) & 0x3f];
  }
  if (count > 0) out += alphabet[bits << (6 - count) & 0x3f];
  return out;
}

inline std::string jwt_with(std::string_view claims) {
  return base64url(R"({"alg":"RS256"})") + "." + base64url(claims) + "." + base64url("signature");
}

}  // namespace vtp
