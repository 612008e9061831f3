#include "tracing/suspension_rates.h"

#include <cmath>

#include <micromegas/detail/ticks.h>

namespace micromegas::tracing {
namespace {

/// Uniform in [0, 1). Each thread has a sequence of its own.
double random_share() noexcept {
  constinit static thread_local std::uint64_t t_state = 0;
  if (t_state == 0) t_state = detail::read_ticks() ^ reinterpret_cast<std::uintptr_t>(&t_state);
  std::uint64_t mixed = t_state += 0x9e37'79b9'7f4a'7c15;
  mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
  mixed ^= mixed >> 31;
  return static_cast<double>(mixed >> 11) * 0x1p-53;
}

}  // namespace

SuspensionRates& SuspensionRates::instance() noexcept {
  static constinit SuspensionRates rates;
  return rates;
}

SuspensionRates::Index SuspensionRates::index_of(double rate) noexcept {
  if (!(rate > 0)) return 0;
  if (rate > 1) rate = 1;
  std::size_t nearest = 0;
  for (std::size_t i = 0; i < kMaxRates; ++i) {
    double there = rates_[i].load(std::memory_order_relaxed);
    if (there == 0 && rates_[i].compare_exchange_strong(there, rate, std::memory_order_relaxed)) {
      return static_cast<Index>(i + 1);
    }
    if (there == rate) return static_cast<Index>(i + 1);
    const double best = rates_[nearest].load(std::memory_order_relaxed);
    if (std::abs(there - rate) < std::abs(best - rate)) nearest = i;
  }
  return static_cast<Index>(nearest + 1);
}

SuspensionRates::Draw SuspensionRates::draw() const noexcept {
  double drawn = -1;
  Draw above = 0;
  for (const auto& slot : rates_) {
    const double rate = slot.load(std::memory_order_relaxed);
    if (rate == 0) break;
    if (rate == 1) {  // Every root: nothing to be drawn, as long as there is no other rate.
      ++above;
      continue;
    }
    if (drawn < 0) drawn = random_share();
    above += rate > drawn ? 1 : 0;
  }
  return above + 1;
}

SuspensionRates::Draw SuspensionRates::certain_draw() const noexcept {
  Draw above = 0;
  for (const auto& slot : rates_) {
    const double rate = slot.load(std::memory_order_relaxed);
    if (rate == 0) break;
    if (rate != 1) return 0;
    ++above;
  }
  return above + 1;
}

SuspensionRates::Draw SuspensionRates::least_draw(Index rate) const noexcept {
  if (rate == 0) return kMaxRates + 2;
  const double wanted = rates_[rate - 1].load(std::memory_order_relaxed);
  Draw higher = 0;
  for (const auto& slot : rates_) {
    const double other = slot.load(std::memory_order_relaxed);
    if (other == 0) break;
    higher += other > wanted ? 1 : 0;
  }
  return higher + 2;
}

}  // namespace micromegas::tracing
