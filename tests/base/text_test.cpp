#include "lib/base/text.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("harmless text is printed as it is") {
  CHECK(printable("VOEvent ivo://a.b/c#d from 127.0.0.1:8098") ==
        "VOEvent ivo://a.b/c#d from 127.0.0.1:8098");
  CHECK(printable("Kraków, 東京, \U0001F52D") == "Kraków, 東京, \U0001F52D");
}

TEST_CASE("control characters are escaped") {
  CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\x0dd");
  CHECK(printable("\x1b[31mred\x7f") == "\\x1b[31mred\\x7f");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
  CHECK(printable("\u0085\u009b") == "\\xc2\\x85\\xc2\\x9b");
  CHECK(printable("\u2028\u202e") == "\\xe2\\x80\\xa8\\xe2\\x80\\xae");
}

TEST_CASE("what nobody sees is escaped") {
  CHECK(printable("a\u200b\u200e\u200f") == "a\\xe2\\x80\\x8b\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
  CHECK(printable("\u061c\ufeff\u2060") == "\\xd8\\x9c\\xef\\xbb\\xbf\\xe2\\x81\\xa0");
  CHECK(printable("\U000E0041") == "\\xf3\\xa0\\x81\\x81");
}

TEST_CASE("bytes that are not UTF-8 are escaped one by one") {
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("caf\xe9") == "caf\\xe9");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");  // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable("\xe6\x9d") == "\\xe6\\x9d");  // cut short
}

TEST_CASE("what a document says is cut short in a message") {
  CHECK(shortened("short") == "short");
  CHECK(shortened("a\nb\tc") == "a b c");
  CHECK(shortened(std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(shortened(std::string(65, 'x')) == std::string(64, 'x') + "…");
  CHECK(shortened(std::string(63, 'x') + "éy") == std::string(63, 'x') + "…");
}

TEST_CASE("seconds may have decimals and are above 0") {
  using std::chrono::milliseconds;
  CHECK(*parse_seconds("20") == milliseconds(20'000));
  CHECK(*parse_seconds("0.5") == milliseconds(500));
  for (const char* wrong : {"", "0", "-1", "2x", "nan", "inf", "1e10", " 1"})
    CHECK_FALSE(parse_seconds(wrong));
  CHECK(parse_seconds("2x").problem() ==
        "2x is not a number of seconds above 0 (ms, s, m, h, d and w may follow)");
}

TEST_CASE("a length of time may have a unit") {
  using std::chrono::milliseconds;
  CHECK(*parse_seconds("250ms") == milliseconds(250));
  CHECK(*parse_seconds("90s") == milliseconds(90'000));
  CHECK(*parse_seconds("5m") == std::chrono::minutes(5));
  CHECK(*parse_seconds("1.5h") == std::chrono::minutes(90));
  CHECK(*parse_seconds("1h") == std::chrono::hours(1));
  CHECK(*parse_seconds("2d") == std::chrono::days(2));
  CHECK(*parse_seconds("4w") == std::chrono::weeks(4));
  for (const char* wrong : {"s", "ms", "1 s", "1S", "1M", "1y", "0s", "-1h", "1h30m", "0.5ms",
                            "11575d", "infs", "nanh"})
    CHECK_FALSE(parse_seconds(wrong));
  CHECK(*parse_interval("0s") == milliseconds(0));
  CHECK(*parse_interval("1h") == std::chrono::hours(1));
  CHECK(*parse_since("500ms", Time{}) == Time(-milliseconds(500)));
}

TEST_CASE("an interval may be 0") {
  CHECK(*parse_interval("0") == std::chrono::milliseconds(0));
  CHECK(*parse_interval("3600") == std::chrono::hours(1));
  CHECK_FALSE(parse_interval("-1"));
}

TEST_CASE("days are whole") {
  CHECK(*parse_days("30") == std::chrono::days(30));
  for (const char* wrong : {"", "0", "-3", "1.5", "36501"})
    CHECK_FALSE(parse_days(wrong));
  CHECK(*parse_days("30d") == std::chrono::days(30));
  CHECK(*parse_days("4w") == std::chrono::days(28));
  CHECK(*parse_days("48h") == std::chrono::days(2));
  CHECK(*parse_days("1440m") == std::chrono::days(1));
  for (const char* wrong : {"d", "0d", "1h", "36501d", "5300w", "nand", "infd"})
    CHECK_FALSE(parse_days(wrong));
  CHECK(parse_days("36h").problem() == "36h is not a whole number of days");
  CHECK(parse_days("1h").problem() ==
        "1h is not a number of days from 1 to 36500 (h, d and w may follow)");
}

TEST_CASE("a count is whole and above 0") {
  CHECK(*parse_count("7") == 7);
  for (const char* wrong : {"", "0", "-1", "1.5", "1000000001"})
    CHECK_FALSE(parse_count(wrong));
}

TEST_CASE("bytes may have a unit and fit a frame's length") {
  CHECK(*parse_bytes("4194304") == 4'194'304);
  CHECK(*parse_bytes("4M") == 4'194'304);
  CHECK(*parse_bytes("64k") == 65'536);
  CHECK(*parse_bytes("4294967295") == 4'294'967'295);
  for (const char* wrong : {"", "0", "M", "4T", "4G", "4294967296", "-1", "1.5M"})
    CHECK_FALSE(parse_bytes(wrong));
}

TEST_CASE("what a disk has can be more than a message") {
  CHECK(*parse_storage("1") == 1);
  CHECK(*parse_storage("5G") == 5'368'709'120);
  CHECK(*parse_storage("2T") == 2'199'023'255'552);
  CHECK(*parse_storage("9223372036854775807") == INT64_MAX);
  for (const char* wrong : {"", "0", "T", "9223372036854775808", "8388608T", "-1", "1.5G", "1P"})
    CHECK_FALSE(parse_storage(wrong));
}

TEST_CASE("a time is ISO 8601, in UTC, as exact as it is given") {
  using namespace std::chrono;
  const Time day = sys_days{year{2026} / November / 20};
  CHECK(*parse_time("2026-11-20") == day);
  CHECK(*parse_time("2026-11-20T12:30") == day + hours{12} + minutes{30});
  CHECK(*parse_time("2026-11-20T12:30:15") == day + hours{12} + minutes{30} + seconds{15});
  CHECK(*parse_time("2026-11-20T12:00:00Z") == day + hours{12});
  CHECK(*parse_time("2026-11-20T12:00:00.5") == day + hours{12} + milliseconds{500});
  CHECK(*parse_time("2026-11-20T12:00:00.123456789Z") == day + hours{12} + microseconds{123'456});
  CHECK(*parse_time("2024-02-29") == sys_days{year{2024} / February / 29});
  CHECK(*parse_time("2016-12-31T23:59:60Z") == sys_days{year{2017} / January / 1});
  CHECK(*parse_time(utc_text(day + milliseconds{1}, Fraction::milliseconds)) ==
        day + milliseconds{1});
  for (const char* wrong : {"",
                            "now",
                            "2026",
                            "2026-11",
                            "2026-11-31",
                            "2026-02-29",
                            "2026-13-01",
                            "20261120",
                            "2026-11-20 12:00",
                            "2026-11-20T",
                            "2026-11-20T24:00",
                            "2026-11-20T12",
                            "2026-11-20T12:60",
                            "2026-11-20T12:00:61",
                            "2026-11-20T12:00:00.",
                            "2026-11-20T12:00:00ZZ",
                            "2026-11-20T12:00:00+01:00",
                            "2026-11-20Z",
                            "-026-11-20",
                            "2026-1-020",
                            "+026-11-20"}) {
    INFO(wrong);
    CHECK_FALSE(parse_time(wrong));
  }
}

TEST_CASE("a port has 16 bits") {
  CHECK(*parse_port("0") == 0);
  CHECK(*parse_port("65535") == 65'535);
  for (const char* wrong : {"", "65536", "-1", "80x", "+80"})
    CHECK_FALSE(parse_port(wrong));
}

TEST_CASE("a number is the whole text, and finite") {
  CHECK(finite_number("1") == 1.0);
  CHECK(finite_number("+1.5e2") == 150.0);
  CHECK(finite_number("-.5") == -0.5);
  for (const char* none : {"", "+", "-", "+-1", "++1", " 1", "1 ", "0x1", "1e", "nan", "NaN",
                           "-INF", "infinity", "1e400", "1e-400", "1,5"}) {
    INFO(none);
    CHECK_FALSE(finite_number(none).has_value());
  }
}

TEST_CASE("a time in the past is so long before now, or a time in UTC") {
  const Time now = *parse_time("2026-11-24T12:00:00Z");
  const auto since = [&](std::string_view text) { return utc_text(*parse_since(text, now)); };
  CHECK(since("90s") == "2026-11-24T11:58:30Z");
  CHECK(since("5m") == "2026-11-24T11:55:00Z");
  CHECK(since("1.5h") == "2026-11-24T10:30:00Z");
  CHECK(since("2d") == "2026-11-22T12:00:00Z");
  CHECK(since("4w") == "2026-10-27T12:00:00Z");
  CHECK(since("2026-11-20") == "2026-11-20T00:00:00Z");
  CHECK(since("2026-11-20T12:00:00Z") == "2026-11-20T12:00:00Z");
  for (const char* wrong : {"", "h", "0h", "-2h", "2", "2 h", "2y", "nand", "infs", "1e9h", "soon"})
    CHECK_FALSE(parse_since(wrong, now));
}

}  // namespace vtp
