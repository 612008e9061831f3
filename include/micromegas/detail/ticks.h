#pragma once

#include <cstdint>

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <chrono>
#endif

namespace micromegas::detail {

#if defined(__x86_64__)

/// The counter of the processor: about 10 ns, no system call. Machines whose counter cannot serve
/// as a clock are found out when recording starts; their events then take the slow way, which reads
/// `read_monotonic_ticks` instead.
inline std::uint64_t read_ticks() noexcept { return __builtin_ia32_rdtsc(); }

#elif defined(__aarch64__)

inline std::uint64_t read_ticks() noexcept {
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
}

#else

inline std::uint64_t read_ticks() noexcept {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

#endif

}  // namespace micromegas::detail
