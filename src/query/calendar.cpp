#include "query/calendar.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "base/error.h"

namespace micromegas::query {
namespace {

constexpr std::int64_t kMicro = 1'000;
constexpr std::int64_t kMilli = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

__extension__ typedef __int128 Wide;  // NOLINT(modernize-use-using): which takes no __extension__.

std::int64_t floor_div(std::int64_t value, std::int64_t divisor) noexcept {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}
Wide floor_div(Wide value, Wide divisor) noexcept {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

std::int64_t in_range(Wide ns) {
  if (ns > INT64_MAX || ns < INT64_MIN) {
    throw invalid_argument("timestamp out of range: it must lie between 1677 and 2262");
  }
  return static_cast<std::int64_t>(ns);
}

struct Civil {
  std::int64_t days;  ///< Since 1970-01-01.
  std::int64_t time;  ///< Nanoseconds of the day.
  std::int64_t year;
  unsigned month;
  unsigned day;

  explicit Civil(std::int64_t ns)
      : days(floor_div(ns, kDay)), time(static_cast<std::int64_t>(Wide{ns} - Wide{days} * kDay)) {
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
    year = static_cast<int>(date.year());
    month = static_cast<unsigned>(date.month());
    day = static_cast<unsigned>(date.day());
  }

  /// 0 = Monday.
  std::int64_t weekday() const noexcept { return (days + 3) - floor_div(days + 3, 7) * 7; }
};

/// Days since 1970-01-01; the day is cut to the length of the month.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  namespace chrono = std::chrono;
  if (year < -30'000 || year > 30'000) in_range(Wide{INT64_MAX} + 1);
  const chrono::year_month_day_last last{chrono::year{static_cast<int>(year)},
                                         chrono::month_day_last{chrono::month{month}}};
  const auto cut = std::min(day, static_cast<unsigned>(last.day()));
  const chrono::sys_days days{last.year() / last.month() / chrono::day{cut}};
  return days.time_since_epoch().count();
}

std::int64_t start_of_year(std::int64_t year) { return in_range(Wide{days_of(year, 1, 1)} * kDay); }

/// The ISO year, and the Monday with which its first week begins.
std::pair<std::int64_t, std::int64_t> iso_year(const Civil& civil) {
  const std::int64_t thursday = civil.days - civil.weekday() + 3;
  const std::int64_t year = Civil(thursday * kDay).year;
  const std::int64_t jan4 = days_of(year, 1, 4);
  return {year, jan4 - Civil(jan4 * kDay).weekday()};
}

/// Centuries and millennia begin with their year 1.
std::int64_t age_of(std::int64_t year, std::int64_t length) noexcept {
  return floor_div(year - 1, length) + 1;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

constexpr std::array<std::pair<std::string_view, DatePart>, 61> kPartNames = {{
    {"nanosecond", DatePart::kNanosecond},
    {"nanoseconds", DatePart::kNanosecond},
    {"ns", DatePart::kNanosecond},
    {"microsecond", DatePart::kMicrosecond},
    {"microseconds", DatePart::kMicrosecond},
    {"us", DatePart::kMicrosecond},
    {"usec", DatePart::kMicrosecond},
    {"usecs", DatePart::kMicrosecond},
    {"millisecond", DatePart::kMillisecond},
    {"milliseconds", DatePart::kMillisecond},
    {"ms", DatePart::kMillisecond},
    {"msec", DatePart::kMillisecond},
    {"msecs", DatePart::kMillisecond},
    {"second", DatePart::kSecond},
    {"seconds", DatePart::kSecond},
    {"s", DatePart::kSecond},
    {"sec", DatePart::kSecond},
    {"secs", DatePart::kSecond},
    {"minute", DatePart::kMinute},
    {"minutes", DatePart::kMinute},
    {"m", DatePart::kMinute},
    {"min", DatePart::kMinute},
    {"mins", DatePart::kMinute},
    {"hour", DatePart::kHour},
    {"hours", DatePart::kHour},
    {"h", DatePart::kHour},
    {"hr", DatePart::kHour},
    {"hrs", DatePart::kHour},
    {"day", DatePart::kDay},
    {"days", DatePart::kDay},
    {"d", DatePart::kDay},
    {"dayofmonth", DatePart::kDay},
    {"week", DatePart::kWeek},
    {"weeks", DatePart::kWeek},
    {"w", DatePart::kWeek},
    {"weekofyear", DatePart::kWeek},
    {"month", DatePart::kMonth},
    {"months", DatePart::kMonth},
    {"mon", DatePart::kMonth},
    {"mons", DatePart::kMonth},
    {"quarter", DatePart::kQuarter},
    {"quarters", DatePart::kQuarter},
    {"year", DatePart::kYear},
    {"years", DatePart::kYear},
    {"y", DatePart::kYear},
    {"yr", DatePart::kYear},
    {"yrs", DatePart::kYear},
    {"decade", DatePart::kDecade},
    {"decades", DatePart::kDecade},
    {"century", DatePart::kCentury},
    {"centuries", DatePart::kCentury},
    {"millennium", DatePart::kMillennium},
    {"millenniums", DatePart::kMillennium},
    {"millennia", DatePart::kMillennium},
    {"dow", DatePart::kDayOfWeek},
    {"dayofweek", DatePart::kDayOfWeek},
    {"weekday", DatePart::kDayOfWeek},
    {"isodow", DatePart::kIsoDayOfWeek},
    {"doy", DatePart::kDayOfYear},
    {"dayofyear", DatePart::kDayOfYear},
    {"isoyear", DatePart::kIsoYear},
}};

/// Adds `count` units; false when the unit is no length of time or the sum overflows.
bool add_units(CalendarInterval& interval, std::int64_t count, DatePart unit) {
  const auto months = [&](std::int64_t per_unit) {
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(count, per_unit, &sum)) return false;
    return !__builtin_add_overflow(sum, std::int64_t{interval.months}, &interval.months);
  };
  const auto days = [&](std::int64_t per_unit) {
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(count, per_unit, &sum)) return false;
    return !__builtin_add_overflow(sum, std::int64_t{interval.days}, &interval.days);
  };
  const auto micros = [&](std::int64_t per_unit) {
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(count, per_unit, &sum)) return false;
    return !__builtin_add_overflow(sum, interval.micros, &interval.micros);
  };
  switch (unit) {
    case DatePart::kNanosecond:
      count /= kMicro;
      return micros(1);
    case DatePart::kMicrosecond:
      return micros(1);
    case DatePart::kMillisecond:
      return micros(kMilli / kMicro);
    case DatePart::kSecond:
      return micros(kSecond / kMicro);
    case DatePart::kMinute:
      return micros(kMinute / kMicro);
    case DatePart::kHour:
      return micros(kHour / kMicro);
    case DatePart::kDay:
      return days(1);
    case DatePart::kWeek:
      return days(7);
    case DatePart::kMonth:
      return months(1);
    case DatePart::kQuarter:
      return months(3);
    case DatePart::kYear:
      return months(12);
    case DatePart::kDecade:
      return months(120);
    case DatePart::kCentury:
      return months(1200);
    default:
      return false;
  }
}

}  // namespace

std::optional<DatePart> parse_date_part(std::string_view text) noexcept {
  if (text.size() > 16) return std::nullopt;
  const std::string name = lower(text);
  if (name == "epoch") return DatePart::kEpoch;
  for (const auto& [known, part] : kPartNames) {
    if (known == name) return part;
  }
  return std::nullopt;
}

std::optional<CalendarInterval> parse_interval(std::string_view text) noexcept {
  CalendarInterval interval;
  bool any = false;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto skip_spaces = [&] {
    while (at != end && *at == ' ') ++at;
  };
  for (skip_spaces(); at != end; skip_spaces()) {
    std::int64_t count = 0;
    const auto [after, error] = std::from_chars(at, end, count);
    if (error != std::errc{}) return std::nullopt;
    at = after;
    skip_spaces();
    const char* const unit = at;
    while (at != end && std::isalpha(static_cast<unsigned char>(*at)) != 0) ++at;
    const auto part = parse_date_part({unit, static_cast<std::size_t>(at - unit)});
    if (!part || !add_units(interval, count, *part)) return std::nullopt;
    any = true;
  }
  return any ? std::optional(interval) : std::nullopt;
}

std::int64_t truncate_to(DatePart part, std::int64_t ns) {
  const auto whole = [&](std::int64_t unit) { return in_range(Wide{floor_div(ns, unit)} * unit); };
  switch (part) {
    case DatePart::kNanosecond:
      return ns;
    case DatePart::kMicrosecond:
      return whole(kMicro);
    case DatePart::kMillisecond:
      return whole(kMilli);
    case DatePart::kSecond:
      return whole(kSecond);
    case DatePart::kMinute:
      return whole(kMinute);
    case DatePart::kHour:
      return whole(kHour);
    case DatePart::kDay:
      return whole(kDay);
    default:
      break;
  }
  const Civil civil(ns);
  const auto day = [](std::int64_t days) { return in_range(Wide{days} * kDay); };
  switch (part) {
    case DatePart::kWeek:
      return day(civil.days - civil.weekday());
    case DatePart::kMonth:
      return day(days_of(civil.year, civil.month, 1));
    case DatePart::kQuarter:
      return day(days_of(civil.year, (civil.month - 1) / 3 * 3 + 1, 1));
    case DatePart::kYear:
      return start_of_year(civil.year);
    case DatePart::kIsoYear:
      return day(iso_year(civil).second);
    case DatePart::kDecade:
      return start_of_year(floor_div(civil.year, 10) * 10);
    case DatePart::kCentury:
      return start_of_year((age_of(civil.year, 100) - 1) * 100 + 1);
    case DatePart::kMillennium:
      return start_of_year((age_of(civil.year, 1000) - 1) * 1000 + 1);
    default:
      throw invalid_argument("date_trunc: this part of a date is no unit of time");
  }
}

std::int64_t part_of(DatePart part, std::int64_t ns) {
  if (part == DatePart::kEpoch) return floor_div(ns, kSecond);
  const Civil civil(ns);
  switch (part) {
    case DatePart::kNanosecond:
      return civil.time % kMinute;
    case DatePart::kMicrosecond:
      return civil.time % kMinute / kMicro;
    case DatePart::kMillisecond:
      return civil.time % kMinute / kMilli;
    case DatePart::kSecond:
      return civil.time % kMinute / kSecond;
    case DatePart::kMinute:
      return civil.time % kHour / kMinute;
    case DatePart::kHour:
      return civil.time / kHour;
    case DatePart::kDay:
      return civil.day;
    case DatePart::kWeek:
      return (civil.days - iso_year(civil).second) / 7 + 1;
    case DatePart::kMonth:
      return civil.month;
    case DatePart::kQuarter:
      return (civil.month - 1) / 3 + 1;
    case DatePart::kYear:
      return civil.year;
    case DatePart::kDecade:
      return floor_div(civil.year, 10);
    case DatePart::kCentury:
      return age_of(civil.year, 100);
    case DatePart::kMillennium:
      return age_of(civil.year, 1000);
    case DatePart::kDayOfWeek:
      return (civil.weekday() + 1) % 7;
    case DatePart::kIsoDayOfWeek:
      return civil.weekday() + 1;
    case DatePart::kDayOfYear:
      return civil.days - days_of(civil.year, 1, 1) + 1;
    case DatePart::kIsoYear:
      return iso_year(civil).first;
    case DatePart::kEpoch:
      break;
  }
  return 0;
}

std::int64_t add_interval(std::int64_t ns, const CalendarInterval& interval) {
  Wide result = ns;
  if (interval.months != 0) {
    const Civil civil(ns);
    const std::int64_t month = civil.year * 12 + (civil.month - 1) + interval.months;
    const std::int64_t year = floor_div(month, 12);
    result = Wide{days_of(year, static_cast<unsigned>(month - year * 12) + 1, civil.day)} * kDay +
             civil.time;
  }
  return in_range(result + Wide{interval.days} * kDay + Wide{interval.micros} * kMicro);
}

CalendarInterval negated(const CalendarInterval& interval) {
  if (interval.months == INT32_MIN || interval.days == INT32_MIN || interval.micros == INT64_MIN) {
    in_range(Wide{INT64_MAX} + 1);
  }
  return {-interval.months, -interval.days, -interval.micros};
}

std::int64_t bin_start(const CalendarInterval& width, std::int64_t ns, std::int64_t origin) {
  if (width.months != 0) {
    if (width.days != 0 || width.micros != 0 || width.months < 0) {
      throw invalid_argument(
          "date_bin: the width must be positive, and either months or days and time");
    }
    const Civil at(ns);
    const Civil from(origin);
    std::int64_t distance = (at.year - from.year) * 12 + at.month - from.month;
    std::int64_t steps = floor_div(distance, std::int64_t{width.months});
    const auto start = [&](std::int64_t n) {
      const std::int64_t months = n * width.months;
      return add_interval(origin, {static_cast<std::int32_t>(months), 0, 0});
    };
    // Within the month of the origin's day, the bin begins later than the month does.
    if (start(steps) > ns) --steps;
    return start(steps);
  }
  const Wide step = Wide{width.days} * kDay + Wide{width.micros} * kMicro;
  if (step <= 0) throw invalid_argument("date_bin: the width must be positive");
  return in_range(Wide{origin} + floor_div(Wide{ns} - origin, step) * step);
}

}  // namespace micromegas::query
