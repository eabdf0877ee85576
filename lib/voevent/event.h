// A VOEvent in memory: its original bytes, never changed and never copied; their digest, which
// alone decides whether two events are the same; and the headline, its most used fields.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vtp {

// SHA-256 of an event's bytes. Two events are the same only if their bytes are equal: different
// events may have the same ivorn (GCN sends a 1.1 and a 2.0 form under one).
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  bool operator==(const Digest&) const = default;

  // 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;

  // From 64 hexadecimal digits, of either case; nothing from anything else.
  [[nodiscard]] static std::optional<Digest> parse(std::string_view hex);
};

// Takes any bytes. Throws std::runtime_error only if the crypto library fails. Any thread.
[[nodiscard]] Digest digest_of(std::string_view bytes);

// The most used fields of a VOEvent (VOEvent 2.0, section 3). Text is as in the document, with
// white space trimmed. A field is empty if the event lacks it, or if it should be a number and is
// not.
struct Headline {
  std::string ivorn;       // VOEvent@ivorn
  std::string role;        // VOEvent@role, "observation" if it is absent
  std::string version;     // VOEvent@version
  std::string author;      // Who/AuthorIVORN
  std::string date;        // Who/Date
  std::string event_time;  // WhereWhen/…/ObservationLocation/AstroCoords/Time/TimeInstant/ISOTime
  std::string frame;       // …/ObservationLocation/AstroCoordSystem@id, or its other names
  std::string position_unit;           // …/ObservationLocation/AstroCoords/Position2D@unit
  std::optional<double> ra;            // …/Position2D/Value2/C1 or C2, in position_unit; see
  std::optional<double> dec;           // coordinates.h: empty if the frame is not equatorial
  std::optional<double> error_radius;  // …/Position2D/Error2Radius, in position_unit

  // Empties every field but keeps the memory, so that one headline can be reused for many events.
  void clear();

  bool operator==(const Headline&) const = default;
};

// Immutable once made, so that threads can share it.
struct Event {
  std::string bytes;
  Digest digest;
  Headline headline;
};

using EventPtr = std::shared_ptr<const Event>;

}  // namespace vtp
