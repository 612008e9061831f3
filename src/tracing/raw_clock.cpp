#include "tracing/raw_clock.h"

#include <chrono>
#include <limits>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <micromegas/detail/ticks.h>

namespace micromegas::tracing {

bool processor_counter_is_a_clock() noexcept {
#if defined(__x86_64__)
  constexpr unsigned kPowerManagementLeaf = 0x8000'0007;
  constexpr unsigned kInvariantCounterBit = 1u << 8;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(kPowerManagementLeaf, &a, &b, &c, &d) != 0 && (d & kInvariantCounterBit) != 0;
#else
  return true;  // The architecture promises it, or read_ticks() is the monotonic clock anyway.
#endif
}

std::uint64_t read_monotonic_ticks() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

ClockReading read_clocks(bool processor_counter) noexcept {
  constexpr int kAttempts = 5;
  const auto read_raw = [processor_counter] {
    return processor_counter ? detail::read_ticks() : read_monotonic_ticks();
  };
  ClockReading best;
  std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t before = read_raw();
    const Timestamp time = Timestamp::now();
    const std::uint64_t took = read_raw() - before;
    if (took >= shortest) continue;
    shortest = took;
    best = {before + took / 2, time};
  }
  return best;
}

}  // namespace micromegas::tracing
