#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.h"
#include "views/partition_file.h"
#include "views/record_builder.h"

namespace arrow {
class Schema;
}

namespace micromegas::views {

/// Row groups hold at most so many rows.
inline constexpr std::size_t kMaxRowsPerGroup = std::size_t{1} << 18;

/// What a partition's row says of its file.
struct WrittenRows {
  std::int64_t num_rows = 0;
  std::optional<TimeRange> event_range;
  std::int64_t file_size = 0;
};

/// Writes the rows of a partition as Parquet (docs/formats/partitions.md), one row group per batch.
///
/// Memory: the encoded pages of one row group. One thread at a time.
class PartitionWriter {
 public:
  /// Writes into `file`, which must outlive the writer.
  PartitionWriter(PartitionFile& file, const std::shared_ptr<arrow::Schema>& schema);
  PartitionWriter(const PartitionWriter&) = delete;
  PartitionWriter& operator=(const PartitionWriter&) = delete;
  ~PartitionWriter();

  void write_row_group(const RecordBatchWithRange& rows);

  /// Completes and syncs the file.
  WrittenRows finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace micromegas::views
