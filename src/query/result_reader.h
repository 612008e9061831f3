#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include <arrow/record_batch.h>

#include "query/running_query.h"

namespace micromegas::query {

/// Pulls a query's rows as Arrow batches of a size that travels well: chunks of DuckDB (2,048 rows)
/// joined up to 65,536 rows, none above about 2 MiB, since common gRPC clients refuse messages
/// above four. Errors are statuses made by `to_status`.
class ResultReader : public arrow::RecordBatchReader {
 public:
  /// `query` was started.
  explicit ResultReader(std::unique_ptr<RunningQuery> query);

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

  /// Ends the query and frees its memory.
  arrow::Status Close() override;

 private:
  std::shared_ptr<arrow::RecordBatch> read_next();

  /// Fetches, converts and cuts one more chunk into `pieces_`; false at the end.
  bool read_chunk();

  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<RunningQuery> query_;                     ///< Empty once all was read.
  std::deque<std::shared_ptr<arrow::RecordBatch>> pieces_;  ///< Read, but not yet given.
  std::uint64_t rows_left_;
};

}  // namespace micromegas::query
