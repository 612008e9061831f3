#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb.h>

#include "query/request.h"
#include "query/scalar_function.h"

namespace micromegas::query {

enum class ColumnType { kText, kBinary, kBool, kInt32, kInt64, kTime, kTextList };

/// Rows on their way into a query, a chunk at a time. One thread.
class TableScan {
 public:
  virtual ~TableScan() = default;

  /// Fills the columns of `out`, whose i-th is the table's `columns[i]`; returns the number of
  /// rows, at most `duckdb_vector_size()`; 0 at the end.
  virtual idx_t fill(duckdb_data_chunk out, const std::vector<idx_t>& columns) = 0;
};

/// A table function without arguments.
struct TableDefinition {
  std::string name;
  std::vector<std::pair<std::string, ColumnType>> columns;

  /// Reads the rows, when the query starts to run. What it throws becomes the request's error.
  std::function<std::unique_ptr<TableScan>(const Request&)> open;
};

/// Registers it; DuckDB asks for the columns that a query needs and no others.
void register_table(duckdb_connection connection, RequestRegistry& requests, TableDefinition table);

/// A column of rows of type `Row`.
template <class Row>
struct RowColumn {
  std::string name;
  ColumnType type;
  std::function<void(const Row& row, VectorWriter& out, idx_t at)> write;
};

/// Sets a LIST(VARCHAR) value.
void write_text_list(VectorWriter& out, idx_t at, const std::vector<std::string>& texts);

/// Scans rows held in memory.
template <class Row>
class RowScan : public TableScan {
 public:
  RowScan(std::shared_ptr<const std::vector<RowColumn<Row>>> columns, std::vector<Row> rows)
      : columns_(std::move(columns)), rows_(std::move(rows)) {}

  idx_t fill(duckdb_data_chunk out, const std::vector<idx_t>& columns) override {
    const std::size_t count =
        std::min<std::size_t>(rows_.size() - next_, static_cast<std::size_t>(duckdb_vector_size()));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i] >= columns_->size()) continue;  // A row id, which nobody asked to see.
      VectorWriter writer(duckdb_data_chunk_get_vector(out, i));
      const auto& column = (*columns_)[columns[i]];
      for (std::size_t row = 0; row < count; ++row) column.write(rows_[next_ + row], writer, row);
    }
    next_ += count;
    return count;
  }

 private:
  std::shared_ptr<const std::vector<RowColumn<Row>>> columns_;
  std::vector<Row> rows_;
  std::size_t next_ = 0;
};

/// A table of rows that `read` fetches for a request.
template <class Row>
TableDefinition row_table(std::string name, std::vector<RowColumn<Row>> columns,
                          std::function<std::vector<Row>(const Request&)> read) {
  TableDefinition table;
  table.name = std::move(name);
  for (const auto& column : columns) table.columns.emplace_back(column.name, column.type);
  auto shared = std::make_shared<const std::vector<RowColumn<Row>>>(std::move(columns));
  table.open = [shared, read = std::move(read)](const Request& request) {
    return std::make_unique<RowScan<Row>>(shared, read(request));
  };
  return table;
}

}  // namespace micromegas::query
