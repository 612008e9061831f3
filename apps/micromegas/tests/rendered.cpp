#include "apps/micromegas/tests/rendered.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>

#include "apps/micromegas/target/arrow_error.h"

namespace micromegas::cli {

std::shared_ptr<arrow::RecordBatch> batch_of(const std::vector<TestColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& column : columns) {
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(
        value_or_throw(arrow::json::ArrayFromJSONString(column.type, column.json_values)));
  }
  const auto rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

std::string rendered(OutputFormat format,
                     const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                     const TableStyle& style) {
  const auto out = value_or_throw(arrow::io::BufferOutputStream::Create());
  const auto writer = make_result_writer(format, out, style);
  writer->begin(batches.at(0)->schema());
  for (const auto& batch : batches) writer->write(*batch);
  writer->finish();
  return value_or_throw(out->Finish())->ToString();
}

}  // namespace micromegas::cli
