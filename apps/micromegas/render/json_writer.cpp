#include "apps/micromegas/render/json_writer.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include "apps/micromegas/render/value_text.h"
#include "apps/micromegas/target/arrow_error.h"

namespace micromegas::cli {

void JsonWriter::begin(const std::shared_ptr<arrow::Schema>& schema) {
  for (const auto& field : schema->fields()) {
    std::string key;
    append_json_string(field->name(), key);
    keys_.push_back(key + ':');
  }
}

void JsonWriter::write(const arrow::RecordBatch& batch) {
  std::string lines;
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    lines += '{';
    for (int column = 0; column < batch.num_columns(); ++column) {
      if (column > 0) lines += ',';
      lines += keys_[static_cast<std::size_t>(column)];
      append_json(*batch.column(column), row, lines);
    }
    lines += "}\n";
  }
  check(out_->Write(lines));
}

void JsonWriter::finish() { check(out_->Flush()); }

}  // namespace micromegas::cli
