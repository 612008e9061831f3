#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/cancellation.h"
#include "base/time.h"
#include "lake/lake.h"
#include "views/build_queue.h"
#include "views/view.h"
#include "views/view_plan.h"
#include "views/view_planner.h"

namespace micromegas::views {

/// Ranges of event time; nullopt: all of it.
using WantedRanges = std::vector<std::optional<TimeRange>>;

/// The partitions of a view as an update left them.
struct UpdateResult {
  std::shared_ptr<const ViewPlan> plan;
  std::vector<std::optional<lake::PartitionRow>> partitions;  ///< By position of the spec.

  /// Those with rows in `range`; nothing when one that `range` touches is not up to date.
  std::optional<std::vector<lake::PartitionRow>> partitions_in(
      const std::optional<TimeRange>& range) const;
};

/// What updates work with; outlives them.
struct UpdateServices {
  lake::Lake& lake;
  BuildQueue& queue;
  std::size_t max_rows_per_group;
};

/// What is there now, without building anything.
UpdateResult look_at_partitions(lake::Lake& lake, const View& view, ViewPlanner& planner);

/// Builds the partitions that are missing for `wanted` and publishes them in one step, together
/// with retiring what they replace. When another server was faster, looks again and goes on with
/// what is still missing.
///
/// Throws `Error`: kCancelled, leaving no files behind; kUnavailable.
UpdateResult update_partitions(const UpdateServices& services, const View& view,
                               ViewPlanner& planner, const WantedRanges& wanted,
                               const CancellationToken& cancel);

}  // namespace micromegas::views
