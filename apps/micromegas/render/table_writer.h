#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/micromegas/render/result_writer.h"

namespace micromegas::cli {

/// A table for people.
///
///     name     spans  slowest_ms
///     ───────  ─────  ──────────
///     request    120        41.7
///     fetch      360        NULL
///
/// The first rows are held back to find the columns' widths; those that follow stream through them.
/// Numbers stand to the right and are never cut; text is cut with `…` when the line has no room. A
/// value NULL is a bare `NULL`; the text NULL stands in quotes, so that the two differ. When even
/// narrow columns do not fit a line, each row becomes a block of lines, one per column.
class TableWriter final : public ResultWriter {
 public:
  TableWriter(std::shared_ptr<arrow::io::OutputStream> out, const TableStyle& style)
      : out_(std::move(out)), style_(style) {}

  void begin(const std::shared_ptr<arrow::Schema>& schema) override;
  void write(const arrow::RecordBatch& batch) override;
  void finish() override;

 private:
  struct Cell {
    std::string text;
    bool is_null = false;
  };
  using Row = std::vector<Cell>;

  struct Column {
    std::string name;
    bool is_number = false;
    std::size_t width = 0;  ///< Natural until `choose_layout`, then final.
  };

  Row read_row(const arrow::RecordBatch& batch, std::int64_t row) const;
  void choose_layout();
  void append_header(std::string& out) const;
  void append_row(const Row& row, std::string& out);
  void append_line(const Row& row, std::string& out) const;
  void append_block(const Row& row, std::string& out);
  std::string coloured(const std::string& text, const char* code) const;

  std::shared_ptr<arrow::io::OutputStream> out_;
  TableStyle style_;
  std::vector<Column> columns_;
  std::vector<Row> held_back_;
  bool layout_chosen_ = false;
  bool row_per_block_ = false;
  std::size_t rows_written_ = 0;
};

}  // namespace micromegas::cli
