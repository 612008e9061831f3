#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace micromegas::tracing {

/// Which share of the roots is asked for its suspensions, and those of the spans below. Targets may
/// have different rates; then a root is drawn once, for all that happens in it: the ones with lower
/// rates take some of what those with higher rates take.
///
/// What was drawn travels with the context in four bits: how many of the rates in use it is below.
/// So there are fourteen different ones at most; a further one counts as the nearest of them.
///
///     rates in use            1     0.1    0.01
///     drawn: 0.05             below below          2 of 3
///
/// No lock; any thread.
class SuspensionRates {
 public:
  static constexpr std::size_t kMaxRates = 14;

  /// What a rule says: 0, never; else which of the rates.
  using Index = std::uint8_t;
  /// What was drawn for a root: 0, nothing yet; else one more than the number of rates above it.
  using Draw = std::uint32_t;

  /// `rate`: from 0, no root, to 1, every one.
  Index index_of(double rate) noexcept;

  Draw draw() const noexcept;
  /// What every root draws as things are; 0: that is left to chance.
  Draw certain_draw() const noexcept;
  /// From which draw on a rate takes a root and what is below it. More than any for 0.
  Draw least_draw(Index rate) const noexcept;

  /// The process's.
  static SuspensionRates& instance() noexcept;

 private:
  std::array<std::atomic<double>, kMaxRates> rates_{};  ///< 0: free. Never taken away.
};

}  // namespace micromegas::tracing
