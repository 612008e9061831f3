#include "query/calendar.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/time.h"

namespace micromegas::query {
namespace {

std::int64_t ns(const char* text) { return parse_rfc3339(text).value().ns; }
std::string text(std::int64_t time) { return to_rfc3339({time}); }

TEST_CASE("truncation keeps what is coarser than the part", "[calendar]") {
  const auto time = ns("2024-03-31T13:14:15.123456789Z");
  CHECK(text(truncate_to(DatePart::kNanosecond, time)) == "2024-03-31T13:14:15.123456789Z");
  CHECK(text(truncate_to(DatePart::kMicrosecond, time)) == "2024-03-31T13:14:15.123456000Z");
  CHECK(text(truncate_to(DatePart::kSecond, time)) == "2024-03-31T13:14:15.000000000Z");
  CHECK(text(truncate_to(DatePart::kWeek, time)) == "2024-03-25T00:00:00.000000000Z");
  CHECK(text(truncate_to(DatePart::kQuarter, time)) == "2024-01-01T00:00:00.000000000Z");
  CHECK(text(truncate_to(DatePart::kDecade, time)) == "2020-01-01T00:00:00.000000000Z");
  CHECK(text(truncate_to(DatePart::kCentury, time)) == "2001-01-01T00:00:00.000000000Z");
}

TEST_CASE("truncation goes down before 1970 too", "[calendar]") {
  const auto time = ns("1969-12-31T23:59:59.999999999Z");
  CHECK(text(truncate_to(DatePart::kHour, time)) == "1969-12-31T23:00:00.000000000Z");
  CHECK(text(truncate_to(DatePart::kYear, time)) == "1969-01-01T00:00:00.000000000Z");
}

TEST_CASE("truncation beyond what a timestamp holds is an error, not a wrap", "[calendar]") {
  CHECK_THROWS_AS(truncate_to(DatePart::kMillennium, ns("1999-01-01T00:00:00Z")), Error);
  CHECK_THROWS_AS(truncate_to(DatePart::kYear, INT64_MIN), Error);
}

TEST_CASE("months keep the day where the month has it", "[calendar]") {
  const auto time = ns("2024-01-31T10:00:00.000000001Z");
  CHECK(text(add_interval(time, {1, 0, 0})) == "2024-02-29T10:00:00.000000001Z");
  CHECK(text(add_interval(time, {-2, 0, 0})) == "2023-11-30T10:00:00.000000001Z");
  CHECK(text(add_interval(time, {12, 1, 1})) == "2025-02-01T10:00:00.000001001Z");
  CHECK_THROWS_AS(add_interval(time, {INT32_MAX, 0, 0}), Error);
  CHECK_THROWS_AS(add_interval(time, {0, 0, INT64_MAX}), Error);
  CHECK_THROWS_AS(negated({INT32_MIN, 0, 0}), Error);
}

TEST_CASE("bins are counted from their origin both ways", "[calendar]") {
  const CalendarInterval hour{0, 0, 3'600'000'000};
  const auto time = ns("2024-03-31T13:14:15Z");
  CHECK(text(bin_start(hour, time, 0)) == "2024-03-31T13:00:00.000000000Z");
  CHECK(text(bin_start(hour, time, ns("2024-03-31T00:20:00Z"))) ==
        "2024-03-31T12:20:00.000000000Z");
  CHECK(text(bin_start({0, 7, 0}, time, 0)) == "2024-03-28T00:00:00.000000000Z");  // A Thursday.
  CHECK(text(bin_start(hour, -1, 0)) == "1969-12-31T23:00:00.000000000Z");
  CHECK(text(bin_start({3, 0, 0}, time, 0)) == "2024-01-01T00:00:00.000000000Z");
  CHECK(text(bin_start({1, 0, 0}, time, ns("1970-01-31T13:14:16Z"))) ==
        "2024-02-29T13:14:16.000000000Z");
  CHECK_THROWS_AS(bin_start({0, 0, 0}, time, 0), Error);
  CHECK_THROWS_AS(bin_start({0, -1, 0}, time, 0), Error);
  CHECK_THROWS_AS(bin_start({1, 1, 0}, time, 0), Error);
}

TEST_CASE("an interval text is one or several counts with units", "[calendar]") {
  CHECK(parse_interval("15 minutes")->micros == 900'000'000);
  CHECK(parse_interval("1 day 12 hours")->days == 1);
  CHECK(parse_interval("1 day 12 hours")->micros == 43'200'000'000);
  CHECK(parse_interval("2 years")->months == 24);
  CHECK(parse_interval("1500 ns")->micros == 1);
  CHECK(parse_interval("1 millisecond")->micros == 1'000);
  CHECK_FALSE(parse_interval(""));
  CHECK_FALSE(parse_interval("minutes"));
  CHECK_FALSE(parse_interval("1"));
  CHECK_FALSE(parse_interval("1 fortnight"));
  CHECK_FALSE(parse_interval("99999999999999999999 days"));
  CHECK_FALSE(parse_interval("9999999999 days"));
}

}  // namespace
}  // namespace micromegas::query
