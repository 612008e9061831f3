#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/cancellation.h"
#include "lake/lake.h"
#include "views/block_catalog.h"
#include "views/partition_file.h"
#include "views/partition_plan.h"
#include "views/tick_converter.h"
#include "views/view.h"

namespace micromegas::views {

/// A partition that is ready to be published: its row, and its file unless it has no rows.
struct BuiltPartition {
  lake::PartitionRow row;
  std::unique_ptr<PartitionFile> file;  ///< Deleted with this object unless kept.
};

/// What the partitions of one build have in common.
struct BuildContext {
  lake::Lake& lake;
  const View& view;
  const BlockSnapshot& snapshot;
  std::optional<TickConverter> ticks;  ///< Absent: the frequency is invalid, and so is every block.
  std::size_t max_rows_per_group = 0;
  CancellationToken cancel;
};

/// Reads the blocks of `spec` and writes their rows. A block that cannot be decoded contributes
/// nothing but a `BlockError`. Memory: one block and one row group, whatever the partition holds.
///
/// Throws `Error`: kCancelled, noticed at each block and each row group; kUnavailable.
BuiltPartition build_partition(const BuildContext& context, const PartitionSpec& spec);

}  // namespace micromegas::views
