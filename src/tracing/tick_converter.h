#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

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
  /// From `raw` on, a line.
  struct Segment {
    std::uint64_t raw = 0;
    std::int64_t ns = 0;
    double ns_per_raw = 0;
  };
  static constexpr std::size_t kSegments = 64;

  /// All that it knows: a plain copy of memory.
  struct State {
    std::int64_t start_ns = 0;
    /// A ring: events may be older than the latest readings.
    std::array<Segment, kSegments> segments;
    std::uint64_t last = 0;  ///< The newest segment.
    std::uint64_t nb_segments = 1;
    std::uint64_t newest_raw = 0;  ///< The latest reading ...
    std::int64_t newest_time = 0;
    std::int64_t newest_ns = 0;  ///< ... and what its counter is converted to.
    double usual_rate = 0;       ///< Nanoseconds per raw tick; 0: not known yet.
  };

  explicit TickConverter(const ClockReading& start) noexcept;

  Ticks start() const noexcept { return {state_.start_ns}; }

  /// REQUIRES: taken after the readings before it. One that is not newer than the last is ignored.
  void add(const ClockReading& reading) noexcept;

  /// The ticks of an event: nanoseconds since 1970, UTC.
  Ticks convert(std::uint64_t raw) const noexcept;

  /// Whether it knows how fast the counter runs. Without it, what is newer than the only reading is
  /// converted to the time of that.
  bool knows_rate() const noexcept { return state_.usual_rate > 0; }

  /// For another process, which converts as this one would.
  const State& state() const noexcept { return state_; }

  /// Nothing when a value is out of all bounds: no converter was ever in such a state.
  static std::optional<TickConverter> restore(const State& state) noexcept;

  /// Whether `raw` is within some years of what is remembered: `convert` can be trusted with it.
  bool in_bounds(std::uint64_t raw) const noexcept;

 private:
  TickConverter() noexcept = default;

  const Segment& segment_of(std::uint64_t raw) const noexcept;
  void push(const Segment& segment) noexcept;

  State state_;
};

}  // namespace micromegas::tracing
