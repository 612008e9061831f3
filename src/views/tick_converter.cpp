#include "views/tick_converter.h"

namespace micromegas::views {

std::int64_t estimate_frequency(Timestamp start_time, Ticks end_ticks,
                                Timestamp end_time) noexcept {
  const double elapsed_ns = static_cast<double>(end_time.ns - start_time.ns);
  const double per_second = static_cast<double>(end_ticks.value) / (elapsed_ns / 1e9);
  return TickConverter::round_saturating(per_second);
}

}  // namespace micromegas::views
