#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/cancellation.h"
#include "base/time.h"
#include "lake/lake.h"
#include "views/view.h"

namespace micromegas::views {

struct UpdaterOptions {
  /// Partitions are built by at most so many threads at a time, for all queries together.
  std::size_t threads = 2;

  /// Bytes that all builds together may hold, beyond a small constant.
  std::size_t memory_limit = std::size_t{256} << 20;
};

/// Brings the partitions of views up to date, just in time.
///
/// Queries that ask for the same view at once share one build; it goes on while any of them waits
/// and stops within a second once all have gone. Any thread may call.
class PartitionUpdater {
 public:
  PartitionUpdater(std::shared_ptr<lake::Lake> lake, UpdaterOptions options);
  ~PartitionUpdater();

  /// Returns the partitions whose rows may lie in `range` (nullopt: all), up to date with every
  /// block that was in the lake when the call began. Partitions without rows are left out. `view`
  /// must be its own source.
  ///
  /// Throws `Error`: kCancelled by `cancel`; kUnavailable when the lake cannot be read or written.
  std::vector<lake::PartitionRow> bring_up_to_date(const View& view,
                                                   const std::optional<TimeRange>& range,
                                                   const CancellationToken& cancel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace micromegas::views
