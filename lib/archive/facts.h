// What queries look at in an event, beside its bytes: its facts. They are read from the bytes, once,
// and kept in the index; for events that are not in it yet they are read anew.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/voevent/check.h"
#include "lib/voevent/details.h"
#include "lib/voevent/sky.h"

namespace vtp {

// Limits for the facts of one event; what is beyond them is not found.
inline constexpr std::size_t most_cites = 256;
inline constexpr std::size_t most_concepts = 64;
inline constexpr std::size_t longest_fact = 1024;  // bytes; a longer text is cut

// An ivorn, or the beginning of one, in the form in which it is compared: ASCII capitals before the
// local part become small letters (IVOA Identifiers 2.0, section 2.1).
[[nodiscard]] std::string folded(std::string_view ivorn);

// The parts of a concept, which ; separates ("process.variation.burst;em.gamma"), in small ASCII
// letters, each once.
[[nodiscard]] std::vector<std::string> concept_parts(std::string_view text);

struct Facts {
  std::string ivorn;   // folded
  std::string stream;  // folded
  std::string role;
  std::string author;                   // folded
  std::optional<Time> observed;         // ISOTime, or else the start of the interval, as if in UTC
  std::optional<SkyPosition> position;  // in RA and Dec, if it is in such a system
  std::vector<std::string> cites;       // folded, sorted, each once
  std::vector<std::string> concepts;    // parts, sorted, each once
};

// A time of an observation: ISO 8601, with or without a zone. Nothing if it is none.
[[nodiscard]] std::optional<Time> observation_time(std::string_view text);

// One thread at a time. Valid until the next read().
class FactsReader {
 public:
  // bytes: an event of the log. ivorn, role: as the log has them. Throws std::bad_alloc only.
  const Facts& read(std::string_view bytes, std::string_view ivorn, std::string_view role);

  [[nodiscard]] Checker& checker() { return checker_; }

 private:
  Checker checker_;
  DetailsReader details_;
  Facts facts_;
};

}  // namespace vtp
