#include "apps/micromegas/render/csv_writer.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include "apps/micromegas/render/value_text.h"
#include "apps/micromegas/target/arrow_error.h"

namespace micromegas::cli {
namespace {

void append_field(std::string_view text, std::string& out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

void CsvWriter::begin(const std::shared_ptr<arrow::Schema>& schema) {
  std::string line;
  for (const auto& field : schema->fields()) {
    if (!line.empty()) line += ',';
    append_field(field->name(), line);
  }
  line += '\n';
  check(out_->Write(line));
}

void CsvWriter::write(const arrow::RecordBatch& batch) {
  std::string lines;
  std::string text;
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    for (int column = 0; column < batch.num_columns(); ++column) {
      if (column > 0) lines += ',';
      const auto& values = *batch.column(column);
      if (values.IsNull(row)) continue;
      text.clear();
      append_text(values, row, text);
      append_field(text, lines);
    }
    lines += '\n';
  }
  check(out_->Write(lines));
}

void CsvWriter::finish() { check(out_->Flush()); }

}  // namespace micromegas::cli
