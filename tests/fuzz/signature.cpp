// The signatures behind an event: the root whose bytes count as signed is the one that a parser sees, in
// any document; and what is signed is found again, with no other byte changed.
#include <algorithm>

#include <openssl/evp.h>

#include "lib/signature/armour.h"
#include "lib/signature/layout.h"
#include "lib/voevent/check.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

struct Seen {
  bool well_formed = false;
  bool is_voevent = false;
  Headline headline;
};

Seen seen_in(std::string_view document) {
  static Checker checker;
  const CheckResult& check = checker.check(document);
  const bool well_formed = check.verdict != Verdict::malformed && check.verdict != Verdict::dtd &&
                           document.find('\0') == std::string_view::npos;
  return {well_formed, check.is_voevent, check.headline};
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// A signature in the new format, of version 4 with up to 180 bytes of the input, in lines as long as GnuPG's.
std::string packet_of(std::string_view input) {
  const std::string body = std::string("\x04\x00\x16\x0A", 4).append(input.substr(0, 180));
  return std::string("\xC2") + static_cast<char>(body.size()) + body;
}

std::string armour_of(const std::string& packet) {
  std::string out = "-----BEGIN PGP SIGNATURE-----\nComment: a - b -- c\n\n";
  const std::string text = base64(packet);
  for (std::size_t at = 0; at < text.size(); at += 64)
    out += text.substr(at, 64) + "\n";
  return out + "=AbCd\n-----END PGP SIGNATURE-----\n";
}

void check_parts(std::string_view document, const Seen& seen) {
  const auto parts = parts_of(document);
  if (!parts) return;
  require(parts->behind.data() == parts->root.data() + parts->root.size(),
          "the parts are in order");
  if (!seen.well_formed) return;
  const Seen alone = seen_in(std::string(parts->declaration) + std::string(parts->root));
  require(alone.well_formed, "the root is well-formed by itself", std::string(parts->root));
  require(alone.is_voevent == seen.is_voevent && alone.headline == seen.headline,
          "the root is the one that the parser sees", std::string(parts->root));
}

void check_signing(const std::string& document, const Seen& seen) {
  const std::string packet = packet_of(document);
  const auto made = with_signature(document, armour_of(packet));
  require(static_cast<bool>(made) == obstacle_to_signing(document).empty(), "obstacles are known");
  if (!made) return;
  const std::string& is_signed = *made;
  const auto parts = parts_of(document);
  const std::size_t at = document.size() - parts->behind.size();
  require(is_signed.starts_with(std::string_view(document).substr(0, at)) &&
              is_signed.ends_with(parts->behind),
          "nothing but a comment is added", is_signed);
  if (!seen.well_formed) return;
  const Seen again = seen_in(is_signed);
  require(again.well_formed && again.headline == seen.headline, "it is the same event", is_signed);
  const auto found = find_signatures(is_signed);
  require(found.has_value(), "a signature is found again", is_signed);
  std::string scratch;
  require(found->signatures.size() == 1 && found->signatures.front().packet == packet, "as it was",
          is_signed);
  require(found->signed_bytes(found->signatures.front(), scratch) == parts->root,
          "of the same bytes", is_signed);
  require(!with_signature(is_signed, armour_of(packet)), "and no other one is added", is_signed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document = fuzz::expanded(fuzz::text_of(data, size));
  const Seen seen = seen_in(document);
  std::optional<FoundSignatures> found;
  fuzz::require_time(fuzz::linear(document.size()), "a look for signatures costs little",
                     [&] { found = find_signatures(document); });
  if (found) {
    require(may_be_signed(document), "the quick look sees all of them", document);
    require(found->signatures.size() <= most_signatures, "they have a limit");
    require(!found->signatures.empty() || !found->flaw.empty(), "or a flaw");
    for (const FoundSignature& each : found->signatures)
      require(are_signatures(each.packet) && each.packet.size() <= longest_armour &&
                  flaw_of_signature(each.packet).empty(),
              "they are signatures");
  }
  check_parts(document, seen);
  check_signing(document, seen);
  return 0;
}
