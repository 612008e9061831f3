#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/time.h"

namespace arrow {
class RecordBatch;
}

namespace micromegas::views {

/// Rows as Arrow has them, and the true range of their times.
struct RecordBatchWithRange {
  std::shared_ptr<arrow::RecordBatch> batch;
  std::optional<TimeRange> event_range;  ///< Absent without rows.
};

/// Gathers rows into columns until there are enough for a row group. One thread at a time.
///
/// The typed `append` is the business of the view that made the builder.
class RecordBuilder {
 public:
  virtual ~RecordBuilder() = default;

  virtual std::size_t nb_rows() const noexcept = 0;

  /// Takes back the rows beyond the first `nb_rows`.
  virtual void truncate(std::size_t nb_rows) noexcept = 0;

  /// Returns the rows, in the view's schema, and starts over without any.
  virtual RecordBatchWithRange finish() = 0;
};

}  // namespace micromegas::views
