#include "lib/signature/armour.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace vtp {
namespace {

constexpr std::size_t dashes = 5;
constexpr std::string_view begin_text = "BEGIN PGP SIGNATURE";
constexpr std::string_view end_text = "END PGP SIGNATURE";
constexpr std::size_t checksum_size = 5;  // = and 24 bits in base 64
constexpr int signature_tag = 2;
// RFC 4880, sections 5.2.1 and 9.4.
constexpr int kind_of_text = 1;
constexpr int md5 = 1;
constexpr int sha1 = 2;

char mark_of(ArmourForm form) { return form == ArmourForm::equals_signs ? '=' : '^'; }

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_white(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_white(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_line(std::string_view line, std::string_view text, char mark) {
  if (line.size() != text.size() + 2 * dashes) return false;
  for (std::size_t i = 0; i < dashes; ++i)
    if (line[i] != mark || line[line.size() - 1 - i] != mark) return false;
  return line.substr(dashes, text.size()) == text;
}

// Takes the next line off the front, without white space at its ends.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return trimmed(line);
}

constexpr std::array<std::int8_t, 256> make_digits() {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::int8_t, 256> digits{};
  digits.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return digits;
}

// Base 64 that comes in lines (RFC 4648, section 4).
class Base64 {
 public:
  explicit Base64(std::string& out) : out_(out) {}

  // False if there is anything but digits, and padding at the very end.
  bool add(std::string_view line) {
    static constexpr auto digits = make_digits();
    for (const char c : line) {
      if (c == '=') {
        ++padding_;
        continue;
      }
      const int digit = digits[static_cast<unsigned char>(c)];
      if (digit < 0 || padding_ > 0) return false;
      bits_ = bits_ << 6 | static_cast<std::uint32_t>(digit);
      if (++count_ % 4 == 0) put(3);
    }
    return true;
  }

  bool finish() {
    const std::size_t rest = count_ % 4;
    if (rest == 1 || (rest == 0 ? padding_ > 0 : padding_ != 4 - rest)) return false;
    if (rest == 0) return true;
    bits_ <<= 6 * (4 - rest);
    put(rest - 1);
    return true;
  }

 private:
  void put(std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      out_ += static_cast<char>(bits_ >> (16 - 8 * i) & 0xFF);
    bits_ = 0;
  }

  std::string& out_;
  std::uint32_t bits_ = 0;
  std::size_t count_ = 0;
  std::size_t padding_ = 0;
};

// From behind the first line up to and including the last one.
bool add_body(std::string_view& text, char mark, std::string& packets) {
  Base64 body(packets);
  bool in_headers = true;
  bool has_checksum = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (is_line(line, end_text, mark)) return body.finish();
    const bool is_header = in_headers && line.find(':') != std::string_view::npos;
    if (is_header) continue;
    if (line.empty()) continue;
    in_headers = false;
    if (has_checksum) return false;
    has_checksum = line.size() == checksum_size && line.front() == '=';
    if (!has_checksum && !body.add(line)) return false;
  }
  return false;
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Of a packet for which signature_size() is not 0.
std::size_t header_size(std::string_view packet) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(packet[at]); };
  if ((byte(0) & 0x40) == 0) return 1 + (std::size_t{1} << (byte(0) & 3));
  return byte(1) < 192 ? 2 : byte(1) < 224 ? 3 : 6;
}

// The size of the first packet with its header; 0 if it is not a signature, or not all there.
std::size_t signature_size(std::string_view packets) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(packets[at]); };
  const auto whole = [&](std::size_t header, std::size_t (*length)(std::string_view)) {
    if (packets.size() < header) return std::size_t{0};
    const std::size_t size = length(packets.substr(0, header));
    return size <= packets.size() - header ? header + size : std::size_t{0};
  };
  if (packets.size() < 2 || (byte(0) & 0x80) == 0) return 0;
  if ((byte(0) & 0x40) == 0) {  // the old format
    if ((byte(0) >> 2 & 0x0F) != signature_tag || (byte(0) & 3) == 3) return 0;
    const std::size_t header = 1 + (std::size_t{1} << (byte(0) & 3));
    return whole(header,
                 [](std::string_view head) -> std::size_t { return number(head.substr(1)); });
  }
  if ((byte(0) & 0x3F) != signature_tag) return 0;
  if (byte(1) < 192)
    return whole(2, [](std::string_view head) -> std::size_t { return number(head.substr(1)); });
  if (byte(1) < 224)
    return whole(3, [](std::string_view head) -> std::size_t {
      return number(head.substr(1)) - (192U << 8) + 192;
    });
  if (byte(1) < 255) return 0;  // a part of a packet
  return whole(6, [](std::string_view head) -> std::size_t { return number(head.substr(2)); });
}

}  // namespace

std::optional<ArmourForm> form_of_armour(std::string_view comment) {
  std::string_view text = trimmed(comment);
  const std::string_view line = take_line(text);
  for (const ArmourForm form : {ArmourForm::equals_signs, ArmourForm::carets})
    if (is_line(line, begin_text, mark_of(form))) return form;
  return std::nullopt;
}

bool add_packets(std::string_view comment, ArmourForm form, std::string& packets) {
  std::string_view text = trimmed(comment);
  bool any = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    if (!is_line(line, begin_text, mark_of(form)) || !add_body(text, mark_of(form), packets))
      return false;
    any = true;
  }
  return any;
}

bool are_signatures(std::string_view packets) {
  if (packets.empty()) return false;
  while (!packets.empty()) {
    const std::size_t size = signature_size(packets);
    if (size == 0) return false;
    packets.remove_prefix(size);
  }
  return true;
}

std::vector<std::string_view> each_signature(std::string_view packets) {
  std::vector<std::string_view> each;
  while (const std::size_t size = signature_size(packets)) {
    each.push_back(packets.substr(0, size));
    packets.remove_prefix(size);
  }
  return each;
}

std::string flaw_of_signature(std::string_view packet) {
  const std::string_view body = packet.substr(std::min(header_size(packet), packet.size()));
  const auto byte = [&](std::size_t at) {
    return at < body.size() ? static_cast<unsigned char>(body[at]) : -1;
  };
  const bool is_old = byte(0) == 3;  // with its length and the key in front
  const int hash = byte(is_old ? 16 : 3);
  if (byte(0) < 3 || byte(0) > 6 || hash < 0) return "its signature cannot be read";
  const int kind = byte(is_old ? 2 : 1);
  if (kind == kind_of_text) return "its signature is one of text, not of these bytes";
  if (kind != 0) return "its signature is not one of a document";
  if (hash == md5) return "its signature is made with MD5, which is broken";
  if (hash == sha1) return "its signature is made with SHA1, which is broken";
  return {};
}

std::string armour_in_comment(std::string_view armour) {
  std::string_view text = trimmed(armour);
  if (!is_line(take_line(text), begin_text, '-')) return {};
  const std::string marks(dashes, '=');
  std::string out = marks + std::string(begin_text) + marks + "\n\n";
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (is_line(line, end_text, '-')) {
      if (!text.empty()) return {};
      return out + marks + std::string(end_text) + marks + "\n";
    }
    if (line.empty() || line.find(':') != std::string_view::npos) continue;
    if (line.find("--") != std::string_view::npos) return {};
    out.append(line) += '\n';
  }
  return {};
}

}  // namespace vtp
