#include "query/scalar_function.h"

#include <exception>
#include <memory>
#include <utility>

#include "base/error.h"
#include "query/duckdb_handles.h"

namespace micromegas::query {
namespace {

template <class Body>
void destroy_body(void* body) {
  delete static_cast<Body*>(body);
}

void call_scalar(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  try {
    const auto& body = *static_cast<ScalarBody*>(duckdb_scalar_function_get_extra_info(info));
    std::vector<VectorReader> columns;
    const idx_t nb_columns = duckdb_data_chunk_get_column_count(input);
    columns.reserve(nb_columns);
    for (idx_t i = 0; i < nb_columns; ++i) {
      columns.emplace_back(duckdb_data_chunk_get_vector(input, i));
    }
    VectorWriter out(output);
    body(columns, duckdb_data_chunk_get_size(input), out);
  } catch (const std::exception& error) {
    duckdb_scalar_function_set_error(info, error.what());
  }
}

bool call_cast(duckdb_function_info info, idx_t count, duckdb_vector input, duckdb_vector output) {
  const auto& body = *static_cast<CastBody*>(duckdb_cast_function_get_extra_info(info));
  const VectorReader in(input);
  VectorWriter out(output);
  bool all_converted = true;
  for (idx_t row = 0; row < count; ++row) {
    if (in.is_null(row)) {
      out.set_null(row);
      continue;
    }
    try {
      body(in, row, out);
    } catch (const std::exception& error) {
      all_converted = false;
      duckdb_cast_function_set_row_error(info, error.what(), row, output);
      if (duckdb_cast_function_get_cast_mode(info) == DUCKDB_CAST_NORMAL) return false;
    }
  }
  return all_converted;
}

DuckdbType type_of(duckdb_type type) { return DuckdbType(duckdb_create_logical_type(type)); }

}  // namespace

void register_scalar(duckdb_connection connection, const std::string& name,
                     const std::vector<duckdb_type>& parameters, duckdb_type result,
                     ScalarBody body) {
  const DuckdbScalarFunction function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), name.c_str());
  for (const auto parameter : parameters) {
    duckdb_scalar_function_add_parameter(function.get(), type_of(parameter).get());
  }
  duckdb_scalar_function_set_return_type(function.get(), type_of(result).get());
  duckdb_scalar_function_set_special_handling(function.get());
  duckdb_scalar_function_set_extra_info(function.get(), new ScalarBody(std::move(body)),
                                        destroy_body<ScalarBody>);
  duckdb_scalar_function_set_function(function.get(), call_scalar);
  if (duckdb_register_scalar_function(connection, function.get()) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal, "DuckDB refuses the function " + name);
  }
}

void register_cast(duckdb_connection connection, duckdb_type from, duckdb_type to,
                   std::int64_t implicit_cost, CastBody body) {
  const DuckdbCastFunction function(duckdb_create_cast_function());
  duckdb_cast_function_set_source_type(function.get(), type_of(from).get());
  duckdb_cast_function_set_target_type(function.get(), type_of(to).get());
  duckdb_cast_function_set_implicit_cast_cost(function.get(), implicit_cost);
  duckdb_cast_function_set_extra_info(function.get(), new CastBody(std::move(body)),
                                      destroy_body<CastBody>);
  duckdb_cast_function_set_function(function.get(), call_cast);
  if (duckdb_register_cast_function(connection, function.get()) != DuckDBSuccess) {
    throw Error(ErrorKind::kInternal, "DuckDB refuses a cast");
  }
}

}  // namespace micromegas::query
