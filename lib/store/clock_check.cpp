#include "lib/store/clock_check.h"

#include <cstdlib>

namespace vtp {
namespace {

constexpr std::int64_t worth_a_write = 3'600'000'000;  // microseconds between updates of `believed`

constexpr std::int64_t in_microseconds(std::chrono::microseconds duration) {
  return duration.count();
}

}  // namespace

ClockCheck::ClockCheck(Database& database)
    : database_(database),
      read_(database, "SELECT believed, doubted FROM clock"),
      write_(database, "UPDATE clock SET believed = ?1, doubted = ?2") {}

std::optional<Time> ClockCheck::doubt(Time now) {
  const std::int64_t time = now.time_since_epoch().count();
  const Known before = read();
  const Known after = judge(before, time);
  if (after.doubted != before.doubted ||
      std::abs(after.believed - before.believed) >= worth_a_write) {
    Database::Transaction transaction(database_);
    write_.bind(1, after.believed);
    write_.bind(2, after.doubted);
    write_.run();
    transaction.commit();
  }
  if (after.doubted == 0) return std::nullopt;
  return Time{std::chrono::microseconds{after.believed}};
}

ClockCheck::Known ClockCheck::read() {
  Known known;
  if (read_.step()) known = {read_.number(0), read_.number(1)};
  read_.reset();
  return known;
}

ClockCheck::Known ClockCheck::judge(Known known, std::int64_t now) {
  const bool is_near =
      known.believed == 0 || now <= known.believed + in_microseconds(most_clock_goes_ahead);
  const bool went_on =
      known.doubted != 0 && now >= known.doubted + in_microseconds(clock_is_doubted_for);
  if (is_near || went_on) return {now, 0};
  if (known.doubted == 0 || now < known.doubted) return {known.believed, now};
  return known;
}

}  // namespace vtp
