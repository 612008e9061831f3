#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace micromegas::query {

/// Calendar arithmetic on UTC nanoseconds, for the SQL functions that DuckDB lacks for
/// nanosecond timestamps. Proleptic Gregorian calendar, weeks from Monday (ISO 8601).
///
/// Results beyond 1677 to 2262 throw `Error{kInvalidArgument}`.
enum class DatePart {
  kNanosecond,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kDayOfWeek,     ///< 0 = Sunday.
  kIsoDayOfWeek,  ///< 1 = Monday, 7 = Sunday.
  kDayOfYear,
  kIsoYear,
  kEpoch,  ///< Seconds since 1970.
};

/// Reads `minute`, `Minutes`, `dow`, ...; nullopt for anything else.
std::optional<DatePart> parse_date_part(std::string_view text) noexcept;

/// A SQL interval: the three parts never convert into each other.
struct CalendarInterval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t micros = 0;
};

/// Reads a plain interval text: one or several `<count> <unit>` (`'15 minutes'`, `'1 day 12
/// hours'`), units from nanosecond (cut to microseconds) to century.
std::optional<CalendarInterval> parse_interval(std::string_view text) noexcept;

/// The last moment not after `ns` at which the part changed: `kMinute` gives the whole minute.
/// Only for parts from nanosecond to millennium.
std::int64_t truncate_to(DatePart part, std::int64_t ns);

/// The number that `extract` shows. Seconds and finer ones follow PostgreSQL: milliseconds hold the
/// seconds too. `kNanosecond` likewise.
std::int64_t part_of(DatePart part, std::int64_t ns);

/// Months first (the day is cut to the month's length), then days, then the rest.
std::int64_t add_interval(std::int64_t ns, const CalendarInterval& interval);
CalendarInterval negated(const CalendarInterval& interval);

/// The start of the bin that holds `ns`, bins of `width` counted from `origin` both ways. `width`
/// is either whole months or days and time, and positive.
std::int64_t bin_start(const CalendarInterval& width, std::int64_t ns, std::int64_t origin);

}  // namespace micromegas::query
