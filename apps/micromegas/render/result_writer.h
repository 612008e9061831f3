#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace arrow {
class RecordBatch;
class Schema;
namespace io {
class OutputStream;
}
}  // namespace arrow

namespace micromegas::cli {

/// Writes the rows of one result in one format, batch by batch, so that a result of any size passes
/// through. Not for several threads at a time.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;

  /// Called once, before anything else, also for a result without rows.
  virtual void begin(const std::shared_ptr<arrow::Schema>& schema) = 0;
  virtual void write(const arrow::RecordBatch& batch) = 0;

  /// Writes what is still held back. Without it the output is incomplete.
  virtual void finish() = 0;
};

enum class OutputFormat {
  kTable,    ///< For people.
  kCsv,      ///< RFC 4180; NULL is an empty field, empty text is `""`.
  kJson,     ///< One JSON object a line.
  kParquet,  ///< One file, compressed with zstd.
  kArrow     ///< The Arrow IPC stream format.
};

/// The format called `table`, `csv`, `json`, `parquet` or `arrow`.
std::optional<OutputFormat> parse_output_format(std::string_view name);

/// Whether the format is bytes that would garble a terminal.
bool is_binary(OutputFormat format);

/// How a table is drawn.
struct TableStyle {
  std::size_t width = 0;             ///< Cells that a line may take; 0: any number.
  std::size_t max_column_width = 0;  ///< Of text columns; 0: as much as the line allows.
  bool colours = false;
};

std::unique_ptr<ResultWriter> make_result_writer(OutputFormat format,
                                                 std::shared_ptr<arrow::io::OutputStream> out,
                                                 const TableStyle& table_style);

}  // namespace micromegas::cli
