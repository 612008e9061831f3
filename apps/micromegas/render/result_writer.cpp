#include "apps/micromegas/render/result_writer.h"

#include "apps/micromegas/render/columnar_writers.h"
#include "apps/micromegas/render/csv_writer.h"
#include "apps/micromegas/render/json_writer.h"
#include "apps/micromegas/render/table_writer.h"

namespace micromegas::cli {

std::optional<OutputFormat> parse_output_format(std::string_view name) {
  if (name == "table") return OutputFormat::kTable;
  if (name == "csv") return OutputFormat::kCsv;
  if (name == "json") return OutputFormat::kJson;
  if (name == "parquet") return OutputFormat::kParquet;
  if (name == "arrow") return OutputFormat::kArrow;
  return std::nullopt;
}

bool is_binary(OutputFormat format) {
  return format == OutputFormat::kParquet || format == OutputFormat::kArrow;
}

std::unique_ptr<ResultWriter> make_result_writer(OutputFormat format,
                                                 std::shared_ptr<arrow::io::OutputStream> out,
                                                 const TableStyle& table_style) {
  switch (format) {
    case OutputFormat::kTable:
      return std::make_unique<TableWriter>(std::move(out), table_style);
    case OutputFormat::kCsv:
      return std::make_unique<CsvWriter>(std::move(out));
    case OutputFormat::kJson:
      return std::make_unique<JsonWriter>(std::move(out));
    case OutputFormat::kParquet:
      return make_parquet_writer(std::move(out));
    case OutputFormat::kArrow:
      return make_arrow_writer(std::move(out));
  }
  return nullptr;
}

}  // namespace micromegas::cli
