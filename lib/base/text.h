// Text from and for people: untrusted text made safe to print, and the parsing of numbers with
// units and of times.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace vtp {

// The text without anything that could forge a line or control a terminal: harmful characters
// (characters.h: C0, DEL, C1, line separators, direction overrides and so on) and bytes that are
// not UTF-8 become \n, \t or \xNN. Everything else stays as it is. Takes any bytes, of any length.
[[nodiscard]] std::string printable(std::string_view text);

// The decimal number that the whole text is: "1", "+1", "-.5e3". Nothing for numbers that a finite
// double cannot represent: "NaN", "INF", "1e400", "1e-400".
[[nodiscard]] std::optional<double> finite_number(std::string_view text);

// A part of a document for use in a message: control characters become spaces, and a text of more
// than `limit` bytes is cut between two characters and ends with "…".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit = 64);

// Seconds above 0, at most 1e9: "20", "0.5", or with a unit (ms, s, m, h, d or w): "90s", "1.5h".
[[nodiscard]] Result<std::chrono::milliseconds> parse_seconds(std::string_view text);

// As parse_seconds, or 0 for never.
[[nodiscard]] Result<std::chrono::milliseconds> parse_interval(std::string_view text);

// A whole number of days from 1 to 36,500; may be written in another unit: "30", "4w", "48h".
[[nodiscard]] Result<std::chrono::days> parse_days(std::string_view text);

// A count: a whole number from 1 to 1,000,000,000.
[[nodiscard]] Result<std::size_t> parse_count(std::string_view text);

// Bytes: a whole number from 1 to 4,294,967,295 (a frame's length is 32 bits), with an optional k,
// M or G for 1024, 1024² or 1024³ ("4M").
[[nodiscard]] Result<std::size_t> parse_bytes(std::string_view text);

// As parse_bytes, for sizes on disk: up to 2⁶³ - 1 bytes, and T for 1024⁴ as well.
[[nodiscard]] Result<std::uint64_t> parse_storage(std::string_view text);

// A time in UTC, as ISO 8601 writes it: "2026-11-20", "2026-11-20T12:00", "2026-11-20T12:00:00",
// with or without a fraction of any length and a Z at the end. A day alone means its beginning.
[[nodiscard]] Result<Time> parse_time(std::string_view text);

// A time in the past: either a length of time before `now`, a number with ms, s, m, h, d or w for
// milliseconds to weeks ("90s", "2h", "1.5d"), or a time as for parse_time.
[[nodiscard]] Result<Time> parse_since(std::string_view text, Time now);

// A TCP port, 0 to 65,535.
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text);

}  // namespace vtp
