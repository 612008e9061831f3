#include "query/lake_lists.h"

#include <utility>
#include <vector>

#include "query/table_function.h"

namespace micromegas::query {
namespace {

using lake::BlockError;
using lake::PartitionRow;
using views::ViewSetDescription;

/// Version of the layout of a partition's file.
constexpr std::int32_t kPartitionFormatVersion = 1;

std::vector<RowColumn<ViewSetDescription>> view_set_columns() {
  using Row = const ViewSetDescription&;
  return {
      {"view_set_name", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.view_set_name); }},
      {"current_schema_hash", ColumnType::kBinary,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.current_schema_hash); }},
      {"schema", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.schema); }},
      {"has_view_maker", ColumnType::kBool,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.has_view_maker); }},
      {"global_instance_available", ColumnType::kBool,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.global_instance_available); }},
  };
}

std::vector<RowColumn<PartitionRow>> partition_columns() {
  using Row = const PartitionRow&;
  return {
      {"view_set_name", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.view_set); }},
      {"view_instance_id", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.view_instance); }},
      {"begin_insert_time", ColumnType::kTime,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.insert_range.begin.ns); }},
      {"end_insert_time", ColumnType::kTime,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.insert_range.end.ns); }},
      {"min_event_time", ColumnType::kTime,
       [](Row row, VectorWriter& out, idx_t at) {
         row.event_range ? out.set(at, row.event_range->begin.ns) : out.set_null(at);
       }},
      {"max_event_time", ColumnType::kTime,
       [](Row row, VectorWriter& out, idx_t at) {
         row.event_range ? out.set(at, row.event_range->end.ns) : out.set_null(at);
       }},
      {"updated", ColumnType::kTime,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.updated.ns); }},
      {"file_path", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) {
         row.file_path.empty() ? out.set_null(at) : out.set_text(at, row.file_path);
       }},
      {"file_size", ColumnType::kInt64,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.file_size); }},
      {"file_schema_hash", ColumnType::kBinary,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.schema_hash); }},
      {"source_data_hash", ColumnType::kBinary,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.source_data_hash); }},
      {"num_rows", ColumnType::kInt64,
       [](Row row, VectorWriter& out, idx_t at) { out.set(at, row.num_rows); }},
      {"partition_format_version", ColumnType::kInt32,
       [](Row, VectorWriter& out, idx_t at) { out.set(at, kPartitionFormatVersion); }},
      // Rows stand in the order of their blocks: no order is promised.
      {"sort_order", ColumnType::kTextList,
       [](Row, VectorWriter& out, idx_t at) { out.set_null(at); }},
      {"max_sort_key_time", ColumnType::kTime,
       [](Row, VectorWriter& out, idx_t at) { out.set_null(at); }},
  };
}

std::vector<RowColumn<BlockError>> block_error_columns() {
  using Row = const BlockError&;
  return {
      {"process_id", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.process_id.to_string()); }},
      {"stream_id", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.stream_id.to_string()); }},
      {"block_id", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.block_id.to_string()); }},
      {"stage", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.stage); }},
      {"offset", ColumnType::kInt64,
       [](Row row, VectorWriter& out, idx_t at) {
         row.offset < 0 ? out.set_null(at) : out.set(at, row.offset);
       }},
      {"reason", ColumnType::kText,
       [](Row row, VectorWriter& out, idx_t at) { out.set_text(at, row.reason); }},
  };
}

}  // namespace

void register_lake_lists(duckdb_connection connection, RequestRegistry& requests,
                         const std::shared_ptr<lake::Lake>& lake,
                         const views::ViewFactory& factory) {
  register_table(
      connection, requests,
      row_table<ViewSetDescription>("list_view_sets", view_set_columns(),
                                    [&factory](const Request&) { return factory.describe(); }));
  register_table(
      connection, requests,
      row_table<PartitionRow>("list_partitions", partition_columns(), [lake](const Request&) {
        return std::as_const(*lake).metadata().all_partitions();
      }));
  register_table(
      connection, requests,
      row_table<BlockError>("list_block_errors", block_error_columns(), [lake](const Request&) {
        return std::as_const(*lake).metadata().all_block_errors();
      }));
}

}  // namespace micromegas::query
