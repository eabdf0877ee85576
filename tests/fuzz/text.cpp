// Texts and numbers from peers and people: what is printable stays so, and values stay in their bounds.
#include "lib/base/text.h"

#include <cmath>

#include "lib/base/characters.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;
using fuzz::require_equal;

namespace {

const Time now = Time(std::chrono::seconds(1'700'000'000));

void check_printable(std::string_view text) {
  const std::string shown = printable(text);
  require_equal(printable(shown), shown, "what is printable stays as it is");
  if (is_plain(text)) require_equal(shown, std::string(text), "so does what is plain");
  require_equal(harmless(shown), shown, "nothing is left in it that is not seen");
  const std::string plain = harmless(text);
  require_equal(printable(plain), plain, "what is harmless is printable");
}

void check_times(std::string_view text) {
  const auto time = parse_time(text);
  if (time) {
    const std::string written = utc_text(*time, Fraction::microseconds);
    const auto again = parse_time(written);
    require(again && *again == *time, "a time is read as it is written", written);
  }
  const auto since = parse_since(text, now);
  if (since && !time) require(*since <= now, "so long ago is in the past", std::string(text));
}

void check_numbers(std::string_view text) {
  if (const auto number = finite_number(text))
    require(std::isfinite(*number), "numbers are finite");
  if (const auto count = parse_count(text))
    require(*count >= 1 && *count <= 1'000'000'000, "a count has its bounds");
  if (const auto days = parse_days(text))
    require(days->count() >= 1 && days->count() <= 36'500, "days have their bounds");
  if (const auto bytes = parse_bytes(text))
    require(*bytes >= 1 && *bytes <= 0xFFFF'FFFF, "bytes have their bounds");
  if (const auto bytes = parse_storage(text))
    require(*bytes >= 1 && *bytes <= INT64_MAX, "storage has its bounds");
  const auto seconds = parse_seconds(text);
  if (seconds) require(seconds->count() >= 0, "seconds have their bounds");
  if (const auto interval = parse_interval(text))
    require(interval->count() == 0 || (seconds && *seconds == *interval), "an interval is seconds");
  (void)parse_port(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::expanded(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(30 * text.size()), "text costs no more than its length", [&] {
    check_printable(text);
    check_times(text);
    check_numbers(text);
  });
  const std::string cut = shortened(text, 10);
  require(cut.size() <= 10 + 3, "what is shortened is short", cut);
  return 0;
}
