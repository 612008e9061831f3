#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "apps/micromegas/timeline/timeline.h"

namespace micromegas::cli {

/// Where a span is drawn. A span that hops has two pieces: from its begin to the middle in the lane
/// where it began, from the middle to its end in the lane where it ended. (A recording says where a
/// span began and where it ended, not when it changed threads: the middle is a choice.)
struct PlacedSpan {
  const TimelineSpan* span = nullptr;
  std::size_t row = 0;                 ///< In the lane of `begin_thread`.
  std::optional<std::size_t> end_row;  ///< In the lane of `end_thread`; only of one that hops.

  Timestamp middle() const { return {span->begin.ns + span->duration_ns() / 2}; }
};

/// A lane per thread, its rows filled so that no two pieces overlap, a child below its parent.
struct TimelineLayout {
  std::vector<PlacedSpan> spans;  ///< In the timeline's order.
  std::vector<std::size_t> rows;  ///< Of each lane, at least one.
  std::uint64_t spans_without_room = 0;

  std::size_t total_rows() const;
};

/// At most `max_rows` a lane; spans that find no row are left out and counted. The layout points
/// into `timeline`.
TimelineLayout lay_out(const Timeline& timeline, std::size_t max_rows);

}  // namespace micromegas::cli
