#include "tracing/tick_converter.h"

#include <algorithm>
#include <cmath>

namespace micromegas::tracing {
namespace {

constexpr double kMostCorrection = 0.1;
constexpr double kJumpNs = 1e9;
/// Readings are some ten nanoseconds apart from the truth: over a shorter time they tell no rate.
constexpr double kShortestForRate = 1e6;  // Nanoseconds.

// What states that come from outside are held against.
constexpr std::int64_t kLatestTime = 4'000'000'000'000'000'000;  // In the year 2096.
constexpr double kHighestRate = 1e9;
constexpr double kFarthestNs = 2e17;  // Six years.

}  // namespace

TickConverter::TickConverter(const ClockReading& start) noexcept {
  state_.start_ns = start.time.ns;
  state_.newest_raw = start.raw;
  state_.newest_time = start.time.ns;
  state_.newest_ns = start.time.ns;
  state_.segments[0] = {start.raw, start.time.ns, 0};
}

void TickConverter::add(const ClockReading& reading) noexcept {
  if (reading.raw <= state_.newest_raw) return;
  const auto raw_passed = static_cast<double>(reading.raw - state_.newest_raw);
  const auto ns_passed = static_cast<double>(reading.time.ns - state_.newest_time);
  // From where the ticks are to where the system clock is.
  const auto ns_due = static_cast<double>(reading.time.ns - state_.newest_ns);

  double& usual_rate = state_.usual_rate;
  double rate = std::max(ns_due / raw_passed, 0.0);
  bool jump = false;
  if (usual_rate > 0) {
    const double lowest = usual_rate * (1 - kMostCorrection);
    const double highest = usual_rate * (1 + kMostCorrection);
    jump = ns_due - raw_passed * usual_rate >= kJumpNs;
    rate = jump ? usual_rate : std::clamp(rate, lowest, highest);
    const double ran = ns_passed / raw_passed;
    if (ns_passed >= kShortestForRate && ran > lowest && ran < highest) usual_rate = ran;
  } else if (ns_passed >= kShortestForRate) {
    usual_rate = ns_passed / raw_passed;
  }

  Segment& segment = state_.segments[state_.last];
  segment.ns_per_raw = rate;
  state_.newest_ns = jump ? reading.time.ns : segment.ns + std::llround(raw_passed * rate);
  state_.newest_raw = reading.raw;
  state_.newest_time = reading.time.ns;
  push({reading.raw, state_.newest_ns, usual_rate > 0 ? usual_rate : rate});
}

Ticks TickConverter::convert(std::uint64_t raw) const noexcept {
  const Segment& segment = segment_of(raw);
  // Before all that is remembered: on the oldest line, backwards.
  const auto passed = static_cast<double>(static_cast<std::int64_t>(raw - segment.raw));
  return {segment.ns + std::llround(passed * segment.ns_per_raw)};
}

std::optional<TickConverter> TickConverter::restore(const State& state) noexcept {
  const auto is_time = [](std::int64_t ns) { return ns >= 0 && ns <= kLatestTime; };
  const auto is_rate = [](double rate) { return rate >= 0 && rate <= kHighestRate; };  // No NaN.
  if (state.last >= kSegments || state.nb_segments == 0 || state.nb_segments > kSegments ||
      !is_time(state.start_ns) || !is_time(state.newest_time) || !is_time(state.newest_ns) ||
      !is_rate(state.usual_rate)) {
    return std::nullopt;
  }
  for (const Segment& segment : state.segments) {
    if (!is_time(segment.ns) || !is_rate(segment.ns_per_raw)) return std::nullopt;
  }
  TickConverter converter;
  converter.state_ = state;
  return converter;
}

bool TickConverter::in_bounds(std::uint64_t raw) const noexcept {
  const Segment& segment = segment_of(raw);
  const auto passed = static_cast<double>(static_cast<std::int64_t>(raw - segment.raw));
  return std::abs(passed * segment.ns_per_raw) <= kFarthestNs;
}

const TickConverter::Segment& TickConverter::segment_of(std::uint64_t raw) const noexcept {
  std::size_t at = state_.last;
  for (std::size_t i = 1; i < state_.nb_segments && state_.segments[at].raw > raw; ++i) {
    at = (at + kSegments - 1) % kSegments;
  }
  return state_.segments[at];
}

void TickConverter::push(const Segment& segment) noexcept {
  state_.last = (state_.last + 1) % kSegments;
  state_.segments[state_.last] = segment;
  state_.nb_segments = std::min<std::uint64_t>(state_.nb_segments + 1, kSegments);
}

}  // namespace micromegas::tracing
