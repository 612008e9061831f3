#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace micromegas::cli {

/// A mark on a time axis that begins at zero.
struct AxisTick {
  std::int64_t offset_ns = 0;
  std::string label;  ///< `150 ms`
};

/// Marks at round times over `duration_ns`, at most `max_ticks` of them, all in one unit.
std::vector<AxisTick> axis_ticks(std::int64_t duration_ns, std::size_t max_ticks);

}  // namespace micromegas::cli
