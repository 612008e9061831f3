#include "views/tick_converter.h"

namespace micromegas::views {

std::int64_t estimate_frequency(Timestamp start_time, Ticks end_ticks,
                                Timestamp end_time) noexcept {
  std::int64_t elapsed = 0;
  if (__builtin_sub_overflow(end_time.ns, start_time.ns, &elapsed)) {
    elapsed = end_time.ns > start_time.ns ? INT64_MAX : INT64_MIN;  // Centuries apart.
  }
  const double elapsed_ns = static_cast<double>(elapsed);
  const double per_second = static_cast<double>(end_ticks.value) / (elapsed_ns / 1e9);
  return TickConverter::round_saturating(per_second);
}

}  // namespace micromegas::views
