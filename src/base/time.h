#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace micromegas {

/// A point in time: UTC nanoseconds since 1970-01-01, leap seconds not counted. Covers 1677 to
/// 2262.
struct Timestamp {
  std::int64_t ns = 0;

  /// The system clock now.
  static Timestamp now() noexcept;

  /// Cut down (towards minus infinity) to a whole microsecond: what the original's database keeps.
  Timestamp floor_to_microsecond() const noexcept;

  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// Reads RFC 3339: `2026-11-22T06:02:21.939069005Z`, any offset, 0 to 9 fractional digits (more are
/// cut), `T`, `t` or a space between date and time. No offset, no time: nullopt. Also nullopt
/// outside the years that a Timestamp can hold.
std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept;

/// `2026-11-22T06:02:21.939069005Z`: always UTC, always nine fractional digits.
std::string to_rfc3339(Timestamp time);

/// A raw counter reading of a process, in units of 1 / frequency seconds.
struct Ticks {
  std::int64_t value = 0;

  friend auto operator<=>(const Ticks&, const Ticks&) = default;
};

/// A closed range of time, [begin, end]: how queries speak of time (both ends count).
struct TimeRange {
  Timestamp begin;
  Timestamp end;

  bool overlaps(const TimeRange& other) const noexcept {
    return begin <= other.end && other.begin <= end;
  }
  bool contains(const TimeRange& other) const noexcept {
    return begin <= other.begin && other.end <= end;
  }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// A half-open range of insert time, [begin, end): how partitions divide the lake.
struct InsertRange {
  Timestamp begin;
  Timestamp end;

  bool overlaps(const InsertRange& other) const noexcept {
    return begin < other.end && other.begin < end;
  }
  friend auto operator<=>(const InsertRange&, const InsertRange&) = default;
};

}  // namespace micromegas
