// Where a signature is in an event's bytes, and which bytes it covers: the layout of the appendix on
// OpenPGP of Comet's manual. Only bytes; no cryptography.
//
//     <?xml version="1.0" encoding="UTF-8"?>          the declaration
//     <voe:VOEvent …>…</voe:VOEvent><!--              the root, whose bytes are signed
//     =====BEGIN PGP SIGNATURE=====                   a comment behind the root: the signature as
//     …                                               ASCII armour, with ===== for -----, since a
//     =====END PGP SIGNATURE=====                     comment cannot contain two dashes in a row
//     -->
//
// Comet's own code of 2014 wrote another form, which is read as well and never written: each dash of
// the armour is ^, and the declaration is signed too, with the root directly behind it.
//
// Rejected: the clear-text signatures of Denny's note (2008), which alter lines that begin with a
// dash, and XML-DSig, which needs another schema.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace vtp {

// The parts of a document, in order; what is between the declaration and the root is in none of them.
struct DocumentParts {
  std::string_view declaration;  // from <?xml to ?>; empty if there is none
  std::string_view root;         // from the < that opens the root element to the > that closes it
  std::string_view behind;       // all that follows the root
};

// Takes any bytes, but the parts are those that a parser sees only if the document is well-formed.
// Nothing if no root is found, if there is a document type declaration, or if the encoding is not
// one in which each byte of ASCII always means its character: UTF-8, US-ASCII or ISO-8859. In other
// encodings, a parser could see another root than this. Linear time.
[[nodiscard]] std::optional<DocumentParts> parts_of(std::string_view document);

// A signature that may be good.
struct FoundSignature {
  std::string packet;             // of OpenPGP (RFC 4880, section 5.2); it has no flaw (armour.h)
  bool with_declaration = false;  // in the form of 2014
};

// The signatures of a document, and what they are of. Valid as long as the document.
struct FoundSignatures {
  DocumentParts parts;
  std::vector<FoundSignature> signatures;  // different ones, in order, at most most_signatures
  // Of the first one that cannot be good, and is not in `signatures`: why. Empty if there is none.
  std::string flaw;

  // The bytes that are signed. They are in `scratch` if they are not next to each other.
  [[nodiscard]] std::string_view signed_bytes(const FoundSignature& signature,
                                              std::string& scratch) const;
};

// Limit for the bytes of a comment with signatures. One of a key of Curve 25519 has 230 bytes, one of
// RSA with 4096 bits 830. A longer comment cannot be read.
inline constexpr std::size_t longest_armour = 16 * 1024;

// Limit for the signatures of an event that are checked. The same signature again, and those with a
// flaw, do not count.
inline constexpr std::size_t most_signatures = 8;

// False if there is certainly no signature behind the root; looks only at what is there, so that an
// event without one costs nothing.
[[nodiscard]] bool may_be_signed(std::string_view document);

// The signatures in comments behind the root; nothing if there is none. Each is looked at by
// itself: one that cannot be read, or is of the other form, changes nothing for the others. Takes any
// bytes. Linear time.
[[nodiscard]] std::optional<FoundSignatures> find_signatures(std::string_view document);

// The document with the signature in a comment directly behind the root, and no other byte changed.
// armour: a detached signature as GnuPG writes it, -----BEGIN PGP SIGNATURE----- and so on; its
// headers, such as Version or Comment, are left out. The problem is why that cannot be done: it is
// already signed, or its encoding is another one (parts_of).
[[nodiscard]] Result<std::string> with_signature(std::string_view document,
                                                 std::string_view armour);

// Why the document cannot be signed, as with_signature(); empty if it can.
[[nodiscard]] std::string obstacle_to_signing(std::string_view document);

}  // namespace vtp
