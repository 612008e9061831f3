#pragma once

#include <cstddef>
#include <string>

#include "apps/micromegas/timeline/timeline.h"

namespace micromegas::cli {

struct TimelineTextStyle {
  std::size_t width = 100;     ///< Cells of a line.
  std::size_t max_spans = 40;  ///< The longest are kept; the rest is counted per thread.
  bool colours = false;
};

/// The timeline for a terminal: a line per span below the thread on which it began, its bar where
/// it lies in time. A bar that ends in `▶` with `→ worker-2` behind it ended on another thread; one
/// that fades has not ended.
std::string timeline_as_text(const Timeline& timeline, const TimelineTextStyle& style);

}  // namespace micromegas::cli
