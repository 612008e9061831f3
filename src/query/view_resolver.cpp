#include "query/view_resolver.h"

#include <exception>
#include <utility>
#include <vector>

#include <arrow/type.h>

#include "base/error.h"
#include "query/arrow_types.h"
#include "query/database.h"
#include "query/duckdb_handles.h"
#include "query/scalar_function.h"

namespace micromegas::query {
namespace {

/// Bind data of the function: whose connection binds.
void remember_connection(duckdb_bind_info info) {
  DuckdbContext context;
  duckdb_scalar_function_get_client_context(info, context.out());
  duckdb_scalar_function_set_bind_data(
      info, new idx_t(duckdb_client_context_get_connection_id(context.get())),
      [](void* data) { delete static_cast<idx_t*>(data); });
  duckdb_scalar_function_set_bind_data_copy(
      info, [](void* data) -> void* { return new idx_t(*static_cast<idx_t*>(data)); });
}

void view_sql_callback(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& resolver =
      *static_cast<const ViewResolver*>(duckdb_scalar_function_get_extra_info(info));
  const auto* connection_id = static_cast<idx_t*>(duckdb_scalar_function_get_bind_data(info));
  const auto request =
      connection_id == nullptr ? nullptr : resolver.requests().find(*connection_id);
  if (request == nullptr) {
    duckdb_scalar_function_set_error(info, "view_instance: no request on this connection");
    return;
  }
  try {
    const VectorReader sets(duckdb_data_chunk_get_vector(input, 0));
    const VectorReader instances(duckdb_data_chunk_get_vector(input, 1));
    VectorWriter out(output);
    const idx_t count = duckdb_data_chunk_get_size(input);
    for (idx_t row = 0; row < count; ++row) {
      if (sets.is_null(row) || instances.is_null(row)) {
        throw invalid_argument("view_instance: expected two texts, the view set and the id");
      }
      out.set_text(row, resolver.view_sql(*request, std::string(sets.text(row)),
                                          std::string(instances.text(row))));
    }
  } catch (const Error& error) {
    request->failure = error;
    duckdb_scalar_function_set_error(info, error.what());
  } catch (const std::exception& error) {
    request->failure = Error(ErrorKind::kInternal, error.what());
    duckdb_scalar_function_set_error(info, error.what());
  }
}

std::string column_list(const arrow::Schema& schema) {
  std::string list;
  for (const auto& field : schema.fields()) {
    if (!list.empty()) list += ", ";
    list += sql_identifier(field->name());
  }
  return list;
}

bool all_inside(const std::vector<lake::PartitionRow>& partitions, const TimeRange& range) {
  for (const auto& partition : partitions) {
    if (!partition.event_range || !range.contains(*partition.event_range)) return false;
  }
  return true;
}

}  // namespace

ViewResolver::ViewResolver(std::shared_ptr<lake::Lake> lake, const views::ViewFactory& factory,
                           views::PartitionUpdater& updater, const RequestRegistry& requests)
    : lake_(std::move(lake)), factory_(factory), updater_(updater), requests_(requests) {}

void ViewResolver::register_functions(duckdb_connection connection) {
  const DuckdbScalarFunction function(duckdb_create_scalar_function());
  const DuckdbType text(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  duckdb_scalar_function_set_name(function.get(), "micromegas_view_sql");
  duckdb_scalar_function_add_parameter(function.get(), text.get());
  duckdb_scalar_function_add_parameter(function.get(), text.get());
  duckdb_scalar_function_set_return_type(function.get(), text.get());
  duckdb_scalar_function_set_special_handling(function.get());
  duckdb_scalar_function_set_extra_info(function.get(), this, nullptr);
  duckdb_scalar_function_set_bind(function.get(), remember_connection);
  duckdb_scalar_function_set_function(function.get(), view_sql_callback);
  if (duckdb_register_scalar_function(connection, function.get()) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal, "DuckDB refuses the function behind view_instance");
  }
  run(connection,
      "CREATE MACRO view_instance(view_set, view_instance_id) AS TABLE "
      "FROM query(micromegas_view_sql(view_set, view_instance_id))");
}

std::string ViewResolver::view_sql(Request& request, const std::string& view_set,
                                   const std::string& view_instance) const {
  const auto key = std::pair(view_set, view_instance);
  auto found = request.views.find(key);
  if (found == request.views.end()) {
    found = request.views.emplace(key, resolve(request, view_set, view_instance)).first;
  }
  return found->second.sql;
}

Request::ResolvedView ViewResolver::resolve(const Request& request, const std::string& view_set,
                                            const std::string& view_instance) const {
  const auto view = factory_.find(view_set).make_view(*lake_, view_instance);
  const auto& source = view->source();
  const auto& range = request.options.range;
  const std::string nothing = "(" + empty_select(*source.stored_schema()) + ")";
  if (request.schema_only) return {view->select_sql(nothing, std::nullopt), view->schema()};

  const auto partitions =
      updater_.bring_up_to_date(source, view->source_range(range), request.options.cancel);
  if (partitions.empty()) return {view->select_sql(nothing, std::nullopt), view->schema()};

  std::string files;
  for (const auto& partition : partitions) {
    if (!files.empty()) files += ", ";
    files += sql_literal((lake_->partitions_folder() / partition.file_path).string());
  }
  const std::string rows = "(SELECT " + column_list(*source.stored_schema()) +
                           " FROM read_parquet([" + files + "], hive_partitioning = false))";
  // A filter that keeps everything would still be computed for each row.
  const auto filter = range && all_inside(partitions, *range) ? std::nullopt : range;
  return {view->select_sql(rows, filter), view->schema()};
}

}  // namespace micromegas::query
