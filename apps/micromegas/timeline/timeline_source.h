#pragma once

#include <cstdint>
#include <optional>

#include "apps/micromegas/target/process_selector.h"
#include "apps/micromegas/target/query_target.h"
#include "apps/micromegas/timeline/timeline.h"

namespace micromegas::cli {

/// Reads the timeline of one process: its spans (of more than `max_spans` the longest, those that
/// have not ended before all others), its threads and what is usual for each name. `range` bounds
/// the picture; without one it spans all that was recorded.
Timeline read_timeline(QueryTarget& target, const SelectedProcess& process,
                       const std::optional<TimeRange>& range, std::uint64_t max_spans,
                       const CancellationToken& cancel);

}  // namespace micromegas::cli
