#pragma once

#include <cstdint>

#include "base/time.h"

namespace micromegas::tracing {

/// Whether the processor's counter runs at one rate, whatever the cores do, so that it is a clock.
/// Where it is not, events carry readings of the monotonic clock.
bool processor_counter_is_a_clock() noexcept;

/// The monotonic clock of the system, in nanoseconds.
std::uint64_t read_monotonic_ticks() noexcept;

/// One moment, on both clocks.
struct ClockReading {
  std::uint64_t raw = 0;  ///< The counter that events carry.
  Timestamp time;         ///< The system clock.
};

/// Reads the counter that events carry and the system clock at one moment, to some ten nanoseconds:
/// of a few attempts, the one that took the shortest time.
ClockReading read_clocks(bool processor_counter) noexcept;

}  // namespace micromegas::tracing
