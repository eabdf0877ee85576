// The ASCII armour of OpenPGP signatures (RFC 4880, section 6.2), as it is in XML comments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// What stands for the dashes of -----BEGIN PGP SIGNATURE-----.
enum class ArmourForm { equals_signs, carets };

// The form of the armour with which a comment begins, after white space; nothing if it begins with
// anything else.
[[nodiscard]] std::optional<ArmourForm> form_of_armour(std::string_view comment);

// Decodes the armour in a comment, which may be several, one after the other, and nothing else but
// white space; appends its packets. Headers and checksums are skipped. False if it is not armour of
// that form. Takes any bytes.
[[nodiscard]] bool add_packets(std::string_view comment, ArmourForm form, std::string& packets);

// Whether the bytes are packets, at least one, of which each is a signature (RFC 4880, section 4.2
// and 5.2) with a length of its own. Takes any bytes. What is inside a packet is not looked at.
[[nodiscard]] bool are_signatures(std::string_view packets);

// Each of these packets by itself, for which are_signatures() is true.
[[nodiscard]] std::vector<std::string_view> each_signature(std::string_view packets);

// Why this packet, a whole signature, cannot be a good one of an event's bytes, whatever they are and
// whoever made it; empty if it can. It is of another kind than 0x00 (RFC 4880, section 5.2.1), such as
// one of text, which is the same for other ends of lines; it is made with MD5 or SHA1; or it is of no
// version from 3 to 6.
[[nodiscard]] std::string flaw_of_signature(std::string_view packet);

// The armour as it is written into a comment: with equals signs, without headers, and with a newline
// at its end. armour: one, as GnuPG writes it. Empty if it is not that.
[[nodiscard]] std::string armour_in_comment(std::string_view armour);

}  // namespace vtp
