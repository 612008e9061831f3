#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "tracing/raw_clock.h"

namespace micromegas::tracing {

/// Turns the raw counter readings of events into nanosecond ticks: what the system clock would have
/// shown, never running backwards.
///
/// The collector adds a reading of both clocks each time it fetches events, so every event lies
/// between two of them and is interpolated. No frequency is measured, hence none can be wrong, and
/// a counter that drifts against the system clock is followed for as long as the process lives.
///
///     time |            o        readings: straight lines between them
///          |         .
///          |      o
///          |   .
///          | o______________ raw
///
/// A system clock that is set by hand: forwards by a second or more, the ticks jump along;
/// backwards or by less, they run up to a tenth slower or faster until both agree again.
///
/// One thread at a time.
class TickConverter {
 public:
  explicit TickConverter(const ClockReading& start) noexcept;

  Ticks start() const noexcept { return start_; }

  /// REQUIRES: taken after the readings before it. One that is not newer than the last is ignored.
  void add(const ClockReading& reading) noexcept;

  /// The ticks of an event: nanoseconds since 1970, UTC.
  Ticks convert(std::uint64_t raw) const noexcept;

 private:
  /// From `raw` on, a line.
  struct Segment {
    std::uint64_t raw = 0;
    std::int64_t ns = 0;
    double ns_per_raw = 0;
  };
  static constexpr std::size_t kSegments = 64;

  const Segment& segment_of(std::uint64_t raw) const noexcept;
  void push(const Segment& segment) noexcept;

  Ticks start_;
  /// A ring, newest last: events may be older than the latest readings.
  std::array<Segment, kSegments> segments_;
  std::size_t last_ = 0;
  std::size_t nb_segments_ = 1;
  ClockReading newest_;
  std::int64_t newest_ns_ = 0;  ///< What `newest_.raw` is converted to.
  double usual_rate_ = 0;       ///< Nanoseconds per raw tick; 0: not known yet.
};

}  // namespace micromegas::tracing
