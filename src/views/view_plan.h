#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "lake/rows.h"
#include "views/block_catalog.h"
#include "views/partition_plan.h"
#include "views/tick_converter.h"
#include "views/view.h"

namespace micromegas::views {

/// The partitions that a view should have, as of one snapshot of its blocks. Immutable.
class ViewPlan {
 public:
  ViewPlan(const View& view, std::shared_ptr<const BlockSnapshot> snapshot, std::int64_t frequency);

  const BlockSnapshot& snapshot() const noexcept { return *snapshot_; }
  const std::vector<PartitionSpec>& specs() const noexcept { return specs_; }
  const std::optional<TickConverter>& ticks() const noexcept { return ticks_; }

  /// True when this is the plan for these very blocks and frequency.
  bool is_for(const std::shared_ptr<const BlockSnapshot>& snapshot, std::int64_t frequency) const {
    return snapshot_ == snapshot && frequency_ == frequency;
  }

  /// Whether a block of the spec may hold events in `range` (nullopt: yes). A block's events lie
  /// between its two times as the program's clock told them, or between its two ticks as the
  /// converter has them.
  bool touches(std::size_t spec, const std::optional<TimeRange>& range) const;

 private:
  TimeRange events_of(const lake::BlockRow& block) const;

  const std::shared_ptr<const BlockSnapshot> snapshot_;
  const std::int64_t frequency_;
  const std::optional<TickConverter> ticks_;
  std::vector<PartitionSpec> specs_;
  std::vector<TimeRange> events_of_specs_;
};

/// How the partitions that a view has compare with those that it should have.
struct PlanState {
  /// By position of the spec: the partition that is up to date, if there is one.
  std::vector<std::optional<lake::PartitionRow>> up_to_date;

  /// Those that stand for something else, and those whose file is gone.
  std::vector<lake::PartitionRow> stale;
};

/// Up to date is what has the spec's insert range and source data hash, never a clock or a count;
/// and, if it has rows, its whole file below `partitions_folder`: whoever deletes files gets them
/// back. One look at the file system for each file.
PlanState compare(const ViewPlan& plan, std::vector<lake::PartitionRow> partitions,
                  const std::filesystem::path& partitions_folder);

}  // namespace micromegas::views
