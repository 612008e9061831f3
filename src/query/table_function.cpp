#include "query/table_function.h"

#include <exception>

#include "base/error.h"
#include "query/duckdb_handles.h"

namespace micromegas::query {
namespace {

struct Registration {
  RequestRegistry& requests;
  TableDefinition table;
};

struct RunningScan {
  std::unique_ptr<TableScan> scan;
  std::vector<idx_t> columns;
};

DuckdbType type_of(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
      return DuckdbType(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
    case ColumnType::kBinary:
      return DuckdbType(duckdb_create_logical_type(DUCKDB_TYPE_BLOB));
    case ColumnType::kBool:
      return DuckdbType(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN));
    case ColumnType::kInt32:
      return DuckdbType(duckdb_create_logical_type(DUCKDB_TYPE_INTEGER));
    case ColumnType::kInt64:
      return DuckdbType(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
    case ColumnType::kTime:
      return DuckdbType(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP_TZ_NS));
    case ColumnType::kTextList:
      break;
  }
  const DuckdbType text(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  return DuckdbType(duckdb_create_list_type(text.get()));
}

void bind(duckdb_bind_info info) {
  const auto& self = *static_cast<Registration*>(duckdb_bind_get_extra_info(info));
  for (const auto& [name, type] : self.table.columns) {
    duckdb_bind_add_result_column(info, name.c_str(), type_of(type).get());
  }
  DuckdbContext context;
  duckdb_table_function_get_client_context(info, context.out());
  const auto id = duckdb_client_context_get_connection_id(context.get());
  duckdb_bind_set_bind_data(
      info, new std::shared_ptr<Request>(self.requests.find(id)),
      [](void* data) { delete static_cast<std::shared_ptr<Request>*>(data); });
}

void init(duckdb_init_info info) {
  const auto& self = *static_cast<Registration*>(duckdb_init_get_extra_info(info));
  const auto request = *static_cast<std::shared_ptr<Request>*>(duckdb_init_get_bind_data(info));
  if (request == nullptr) {
    duckdb_init_set_error(info, "no request on this connection");
    return;
  }
  try {
    auto running = std::make_unique<RunningScan>();
    const idx_t count = duckdb_init_get_column_count(info);
    for (idx_t i = 0; i < count; ++i) {
      running->columns.push_back(duckdb_init_get_column_index(info, i));
    }
    running->scan = self.table.open(*request);
    duckdb_init_set_max_threads(info, 1);
    duckdb_init_set_init_data(info, running.release(),
                              [](void* data) { delete static_cast<RunningScan*>(data); });
  } catch (const Error& error) {
    request->failure = error;
    duckdb_init_set_error(info, error.what());
  } catch (const std::exception& error) {
    duckdb_init_set_error(info, error.what());
  }
}

void next_chunk(duckdb_function_info info, duckdb_data_chunk out) {
  auto& running = *static_cast<RunningScan*>(duckdb_function_get_init_data(info));
  try {
    duckdb_data_chunk_set_size(out, running.scan->fill(out, running.columns));
  } catch (const std::exception& error) {
    duckdb_function_set_error(info, error.what());
  }
}

}  // namespace

void write_text_list(VectorWriter& out, idx_t at, const std::vector<std::string>& texts) {
  const auto vector = out.vector();
  const idx_t begin = duckdb_list_vector_get_size(vector);
  const idx_t end = begin + texts.size();
  duckdb_list_vector_reserve(vector, end);
  duckdb_list_vector_set_size(vector, end);
  VectorWriter children(duckdb_list_vector_get_child(vector));
  for (std::size_t i = 0; i < texts.size(); ++i) children.set_text(begin + i, texts[i]);
  out.set(at, duckdb_list_entry{begin, texts.size()});
}

void register_table(duckdb_connection connection, RequestRegistry& requests,
                    TableDefinition table) {
  const std::string name = table.name;
  const DuckdbTableFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), name.c_str());
  duckdb_table_function_set_extra_info(function.get(), new Registration{requests, std::move(table)},
                                       [](void* data) { delete static_cast<Registration*>(data); });
  duckdb_table_function_set_bind(function.get(), bind);
  duckdb_table_function_set_init(function.get(), init);
  duckdb_table_function_set_function(function.get(), next_chunk);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb_register_table_function(connection, function.get()) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal, "DuckDB refuses the table function " + name);
  }
}

}  // namespace micromegas::query
