#pragma once

#include <cstdint>

#include "base/time.h"

namespace micromegas::views {

/// Turns the ticks of one process into time (wire format section 6).
///
///     time(t) = T0 + round(double(t - S) x (1e9 / double(f)))
///
/// with S = start_ticks, T0 = start_time and f = ticks per second. Bit-exact with the original only
/// in this order: the inverse first, then the product, halves rounded away from zero. The product
/// and the sum stop at the ends of 64 bits.
///
/// A value: copied freely, shared by any threads.
class TickConverter {
 public:
  /// REQUIRES: frequency > 0. The caller cuts `start_time` to the microsecond if the process's
  /// times are to equal the original's.
  TickConverter(Timestamp start_time, Ticks start_ticks, std::int64_t frequency) noexcept
      : start_time_(start_time.ns),
        start_ticks_(start_ticks.value),
        ns_per_tick_(1e9 / static_cast<double>(frequency)),
        ms_per_tick_(1000.0 / static_cast<double>(frequency)) {}

  /// Of an event's ticks, which are absolute.
  Timestamp time_of(Ticks absolute) const noexcept {
    // Unsigned: hostile ticks may wrap around, as they do in the original.
    const auto since_start = static_cast<std::int64_t>(static_cast<std::uint64_t>(absolute.value) -
                                                       static_cast<std::uint64_t>(start_ticks_));
    return time_of_relative({since_start});
  }

  /// Of a block's ticks, which count from the process's start.
  Timestamp time_of_relative(Ticks since_start) const noexcept {
    const double ns = static_cast<double>(since_start.value) * ns_per_tick_;
    return {saturating_sum(start_time_, round_saturating(ns))};
  }

  /// How long a difference of ticks lasts.
  double milliseconds(Ticks difference) const noexcept {
    return static_cast<double>(difference.value) * ms_per_tick_;
  }

  /// The nearest integer, halves away from zero; beyond 64 bits the end of their range.
  static std::int64_t round_saturating(double value) noexcept {
    constexpr double kBeyond = 9223372036854775808.0;  // 2^63
    if (!(value < kBeyond && value >= -kBeyond)) return saturated(value);
    // Truncation and one comparison: std::round is a call where the CPU's own instruction is not
    // assumed.
    const auto whole = static_cast<std::int64_t>(value);
    const double rest = value - static_cast<double>(whole);
    return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
  }

 private:
  static std::int64_t saturated(double value) noexcept {
    if (value != value) return 0;
    return value > 0 ? INT64_MAX : INT64_MIN;
  }

  static std::int64_t saturating_sum(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
  }

  std::int64_t start_time_;
  std::int64_t start_ticks_;
  double ns_per_tick_;
  double ms_per_tick_;
};

/// The frequency of a process that did not know it, from how far its ticks and its clock had come
/// at the end of a block (`end_ticks` counts from the process's start). Saturates when no time had
/// passed. A result of zero or less means that these ticks cannot be converted.
std::int64_t estimate_frequency(Timestamp start_time, Ticks end_ticks, Timestamp end_time) noexcept;

}  // namespace micromegas::views
