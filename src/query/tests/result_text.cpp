#include "result_text.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "base/time.h"
#include "query/status.h"

namespace micromegas::query {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

}  // namespace

std::string value_text(const arrow::Array& column, std::int64_t row) {
  if (column.IsNull(row)) return "NULL";
  switch (column.type_id()) {
    case arrow::Type::STRING:
      return static_cast<const arrow::StringArray&>(column).GetString(row);
    case arrow::Type::BINARY:
      return hex(static_cast<const arrow::BinaryArray&>(column).GetView(row));
    case arrow::Type::TIMESTAMP:
      return to_rfc3339({static_cast<const arrow::TimestampArray&>(column).Value(row)});
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(column);
      return value_text(*dictionary.dictionary(), dictionary.GetValueIndex(row));
    }
    case arrow::Type::LIST: {
      const auto values = static_cast<const arrow::ListArray&>(column).value_slice(row);
      std::string text = "[";
      for (std::int64_t i = 0; i < values->length(); ++i) {
        text += (i == 0 ? "" : ", ") + value_text(*values, i);
      }
      return text + "]";
    }
    default:
      return check(column.GetScalar(row))->ToString();
  }
}

std::string rows_text(arrow::RecordBatchReader& reader) {
  std::string text;
  std::shared_ptr<arrow::RecordBatch> batch;
  for (;;) {
    check(reader.ReadNext(&batch));
    if (batch == nullptr) return text;
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int i = 0; i < batch->num_columns(); ++i) {
        text += (i == 0 ? "" : " | ") + value_text(*batch->column(i), row);
      }
      text += '\n';
    }
  }
}

std::string schema_text(arrow::RecordBatchReader& reader) {
  std::string text;
  for (const auto& field : reader.schema()->fields()) {
    text += field->name() + ": " + field->type()->ToString() + '\n';
  }
  return text;
}

}  // namespace micromegas::query
