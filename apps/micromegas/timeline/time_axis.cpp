#include "apps/micromegas/timeline/time_axis.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace micromegas::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;

struct Unit {
  std::int64_t ns;
  std::int64_t used_below;  ///< Ranges shorter than this are told in this unit.
  const char* name;
};

constexpr std::array<Unit, 6> kUnits{{{1, 2'000, "ns"},
                                      {1'000, 2'000'000, "us"},
                                      {1'000'000, 2 * kSecond, "ms"},
                                      {kSecond, 3 * kMinute, "s"},
                                      {kMinute, 3 * kHour, "min"},
                                      {kHour, INT64_MAX, "h"}}};

const Unit& unit_for(std::int64_t duration_ns) {
  const auto fits = [&](const Unit& unit) { return duration_ns < unit.used_below; };
  const auto* found = std::find_if(kUnits.begin(), kUnits.end() - 1, fits);
  return *found;
}

/// 1, 2, 2.5 or 5 times a power of ten of the unit (below a second: of a nanosecond).
std::int64_t round_step(std::int64_t at_least, std::int64_t unit_ns) {
  std::int64_t decade = unit_ns <= kSecond ? 1 : unit_ns;
  while (true) {
    for (const std::int64_t tenths : {10, 20, 25, 50}) {
      const auto step = decade * tenths / 10;
      if (step >= at_least && decade * tenths % 10 == 0) return step;
    }
    decade *= 10;
  }
}

int decimals_for(std::int64_t step, std::int64_t unit_ns) {
  int decimals = 0;
  for (auto scaled = step; scaled % unit_ns != 0 && decimals < 9; scaled *= 10) ++decimals;
  return decimals;
}

}  // namespace

std::vector<AxisTick> axis_ticks(std::int64_t duration_ns, std::size_t max_ticks) {
  const auto& unit = unit_for(duration_ns);
  const auto intervals = static_cast<std::int64_t>(std::max<std::size_t>(max_ticks, 2)) - 1;
  const auto step = round_step(
      std::max<std::int64_t>(duration_ns / intervals + (duration_ns % intervals != 0), 1), unit.ns);
  const auto decimals = decimals_for(step, unit.ns);
  std::vector<AxisTick> ticks;
  for (std::int64_t at = 0; at <= duration_ns; at += step) {
    std::array<char, 48> label{};
    std::snprintf(label.data(), label.size(), "%.*f %s", decimals,
                  static_cast<double>(at) / static_cast<double>(unit.ns), unit.name);
    ticks.push_back({at, label.data()});
  }
  return ticks;
}

}  // namespace micromegas::cli
