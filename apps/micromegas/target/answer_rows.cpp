#include "apps/micromegas/target/answer_rows.h"

#include <charconv>

#include <arrow/api.h>

#include "apps/micromegas/render/value_text.h"
#include "apps/micromegas/target/arrow_error.h"
#include "base/error.h"

namespace micromegas::cli {
namespace {

Error unexpected(std::string_view column, const std::string& what) {
  return Error(ErrorKind::kInternal, "the answer's column '" + std::string(column) + "' " + what);
}

/// Nanoseconds in one unit of a timestamp column.
std::int64_t unit_ns(const arrow::DataType& type) {
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::SECOND:
      return 1'000'000'000;
    case arrow::TimeUnit::MILLI:
      return 1'000'000;
    case arrow::TimeUnit::MICRO:
      return 1'000;
    case arrow::TimeUnit::NANO:
      break;
  }
  return 1;
}

}  // namespace

std::shared_ptr<arrow::Array> AnswerRow::values(std::string_view column) const {
  auto array = batch_.GetColumnByName(std::string(column));
  if (array == nullptr) throw unexpected(column, "is missing");
  return array;
}

bool AnswerRow::is_null(std::string_view column) const { return values(column)->IsNull(row_); }

std::string AnswerRow::text(std::string_view column) const {
  std::string text;
  const auto array = values(column);
  if (!array->IsNull(row_)) append_text(*array, row_, text);
  return text;
}

std::int64_t AnswerRow::integer(std::string_view column) const {
  const auto digits = text(column);
  std::int64_t value = 0;
  const auto end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    throw unexpected(column, "holds '" + digits + "', not an integer");
  }
  return value;
}

Timestamp AnswerRow::time(std::string_view column) const {
  const auto array = values(column);
  if (array->type_id() != arrow::Type::TIMESTAMP || array->IsNull(row_)) {
    throw unexpected(column, "is " + array->type()->ToString() + ", not a time");
  }
  return {static_cast<const arrow::TimestampArray&>(*array).Value(row_) * unit_ns(*array->type())};
}

std::optional<std::int64_t> AnswerRow::optional_integer(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<Timestamp> AnswerRow::optional_time(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::shared_ptr<arrow::RecordBatch> next_batch(arrow::RecordBatchReader& answer,
                                               const CancellationToken& cancel) {
  cancel.check();
  std::shared_ptr<arrow::RecordBatch> batch;
  const auto status = answer.ReadNext(&batch);
  cancel.check();
  check(status);
  return batch;
}

void for_each_row(QueryTarget& target, const Question& question,
                  const std::function<void(const AnswerRow&)>& visit) {
  const auto answer = target.ask(question);
  while (const auto batch = next_batch(*answer, question.cancel)) {
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) visit(AnswerRow(*batch, row));
  }
}

}  // namespace micromegas::cli
