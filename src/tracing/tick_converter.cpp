#include "tracing/tick_converter.h"

#include <algorithm>
#include <cmath>

namespace micromegas::tracing {
namespace {

constexpr double kMostCorrection = 0.1;
constexpr double kJumpNs = 1e9;
/// Readings are some ten nanoseconds apart from the truth: over a shorter time they tell no rate.
constexpr double kShortestForRate = 1e6;  // Nanoseconds.

}  // namespace

TickConverter::TickConverter(const ClockReading& start) noexcept
    : start_{start.time.ns}, newest_(start), newest_ns_(start.time.ns) {
  segments_[0] = {start.raw, start.time.ns, 0};
}

void TickConverter::add(const ClockReading& reading) noexcept {
  if (reading.raw <= newest_.raw) return;
  const auto raw_passed = static_cast<double>(reading.raw - newest_.raw);
  const auto ns_passed = static_cast<double>(reading.time.ns - newest_.time.ns);
  // From where the ticks are to where the system clock is.
  const auto ns_due = static_cast<double>(reading.time.ns - newest_ns_);

  double rate = std::max(ns_due / raw_passed, 0.0);
  bool jump = false;
  if (usual_rate_ > 0) {
    const double lowest = usual_rate_ * (1 - kMostCorrection);
    const double highest = usual_rate_ * (1 + kMostCorrection);
    jump = ns_due - raw_passed * usual_rate_ >= kJumpNs;
    rate = jump ? usual_rate_ : std::clamp(rate, lowest, highest);
    const double ran = ns_passed / raw_passed;
    if (ns_passed >= kShortestForRate && ran > lowest && ran < highest) usual_rate_ = ran;
  } else if (ns_passed >= kShortestForRate) {
    usual_rate_ = ns_passed / raw_passed;
  }

  segments_[last_].ns_per_raw = rate;
  newest_ns_ = jump ? reading.time.ns : segments_[last_].ns + std::llround(raw_passed * rate);
  newest_ = reading;
  push({reading.raw, newest_ns_, usual_rate_ > 0 ? usual_rate_ : rate});
}

Ticks TickConverter::convert(std::uint64_t raw) const noexcept {
  const Segment& segment = segment_of(raw);
  // Before all that is remembered: on the oldest line, backwards.
  const auto passed = static_cast<double>(static_cast<std::int64_t>(raw - segment.raw));
  return {segment.ns + std::llround(passed * segment.ns_per_raw)};
}

const TickConverter::Segment& TickConverter::segment_of(std::uint64_t raw) const noexcept {
  std::size_t at = last_;
  for (std::size_t i = 1; i < nb_segments_ && segments_[at].raw > raw; ++i) {
    at = (at + kSegments - 1) % kSegments;
  }
  return segments_[at];
}

void TickConverter::push(const Segment& segment) noexcept {
  last_ = (last_ + 1) % kSegments;
  segments_[last_] = segment;
  nb_segments_ = std::min(nb_segments_ + 1, kSegments);
}

}  // namespace micromegas::tracing
