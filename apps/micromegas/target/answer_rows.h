#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/micromegas/target/query_target.h"
#include "base/time.h"

namespace arrow {
class Array;
class RecordBatch;
class RecordBatchReader;
}  // namespace arrow

namespace micromegas::cli {

/// The next rows of an answer, or null at its end. Throws `Error`: once `cancel` was set it is
/// always kCancelled, however the reading came to its end.
std::shared_ptr<arrow::RecordBatch> next_batch(arrow::RecordBatchReader& answer,
                                               const CancellationToken& cancel);

/// One row of an answer, read by column name, whatever integer or text type the column has. Columns
/// that are not there, or hold something else, throw `Error{kInternal}`: the server is not one of
/// ours.
class AnswerRow {
 public:
  AnswerRow(const arrow::RecordBatch& batch, std::int64_t row) : batch_(batch), row_(row) {}

  bool is_null(std::string_view column) const;
  std::string text(std::string_view column) const;  ///< Empty for NULL; property sets as JSON.
  std::int64_t integer(std::string_view column) const;
  Timestamp time(std::string_view column) const;

  std::optional<std::int64_t> optional_integer(std::string_view column) const;
  std::optional<Timestamp> optional_time(std::string_view column) const;

 private:
  std::shared_ptr<arrow::Array> values(std::string_view column) const;

  const arrow::RecordBatch& batch_;
  std::int64_t row_;
};

/// Asks, and calls `visit` for each row of the answer.
void for_each_row(QueryTarget& target, const Question& question,
                  const std::function<void(const AnswerRow&)>& visit);

}  // namespace micromegas::cli
