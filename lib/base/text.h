// Words between people and machines: text that peers supplied made harmless, and numbers with a
// unit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace vtp {

// The text with nothing in it that could forge a log line or steer a terminal: control characters
// (C0, DEL, C1), line separators, direction overrides and bytes that are not UTF-8 stand as \n, \t
// or \xNN. Everything else stays as it is. Any bytes, any length.
[[nodiscard]] std::string printable(std::string_view text);

// Nothing but printable ASCII, which printable() leaves as it is.
[[nodiscard]] bool is_plain(std::string_view text);

// The number that the whole text is, in decimal: "1", "+1", "-.5e3". Nothing for the forms that
// have no place among finite doubles: "NaN", "INF", "1e400", "1e-400".
[[nodiscard]] std::optional<double> finite_number(std::string_view text);

// What a document says, fit for a message: without control characters, cut between two characters
// where it has more bytes than `limit`.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit = 64);

// Seconds above 0, at most 1e9: "20", "0.5", or with ms, s, m, h, d or w behind it: "90s", "1.5h".
[[nodiscard]] Result<std::chrono::milliseconds> parse_seconds(std::string_view text);

// The same, or 0 for never.
[[nodiscard]] Result<std::chrono::milliseconds> parse_interval(std::string_view text);

// Days: a whole number from 1 to 36,500, of which other units may be written: "30", "4w", "48h".
[[nodiscard]] Result<std::chrono::days> parse_days(std::string_view text);

// How many: a whole number from 1 to 1,000,000,000.
[[nodiscard]] Result<std::size_t> parse_count(std::string_view text);

// Bytes: a whole number from 1 to 4,294,967,295 (a frame's length is 32 bits), with an optional k,
// M or G for 1024, 1024² or 1024³ ("4M").
[[nodiscard]] Result<std::size_t> parse_bytes(std::string_view text);

// The same for what a disk has: up to 2⁶³ - 1 bytes, and T for 1024⁴ too.
[[nodiscard]] Result<std::uint64_t> parse_storage(std::string_view text);

// A time in UTC, as ISO 8601 writes it: "2026-11-20", "2026-11-20T12:00", "2026-11-20T12:00:00",
// with or without a fraction of any length and a Z at the end. A day alone is its beginning.
[[nodiscard]] Result<Time> parse_time(std::string_view text);

// A time in the past, as people say it: so long before `now`, as a number with ms, s, m, h, d or w, for
// milliseconds to weeks ("90s", "2h", "1.5d"), or as parse_time.
[[nodiscard]] Result<Time> parse_since(std::string_view text, Time now);

// A TCP port, 0 to 65,535.
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text);

}  // namespace vtp
