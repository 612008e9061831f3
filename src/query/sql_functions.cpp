#include "query/sql_functions.h"

#include "query/database.h"
#include "query/jsonb.h"
#include "query/scalar_function.h"

namespace micromegas::query {
namespace {

using Columns = std::vector<VectorReader>;

void property_get(const Columns& in, idx_t count, VectorWriter& out) {
  for (idx_t row = 0; row < count; ++row) {
    const auto value = in[0].is_null(row) || in[1].is_null(row)
                           ? std::nullopt
                           : jsonb_property(in[0].text(row), in[1].text(row));
    value ? out.set_text(row, *value) : out.set_null(row);
  }
}

void properties_length(const Columns& in, idx_t count, VectorWriter& out) {
  for (idx_t row = 0; row < count; ++row) {
    const auto length = in[0].is_null(row) ? std::nullopt : jsonb_length(in[0].text(row));
    length ? out.set(row, *length) : out.set_null(row);
  }
}

void jsonb_format_json(const Columns& in, idx_t count, VectorWriter& out) {
  for (idx_t row = 0; row < count; ++row) {
    in[0].is_null(row) ? out.set_null(row) : out.set_text(row, jsonb_to_json(in[0].text(row)));
  }
}

}  // namespace

void register_sql_functions(duckdb_connection connection) {
  register_scalar(connection, "property_get", {DUCKDB_TYPE_BLOB, DUCKDB_TYPE_VARCHAR},
                  DUCKDB_TYPE_VARCHAR, property_get);
  register_scalar(connection, "properties_length", {DUCKDB_TYPE_BLOB}, DUCKDB_TYPE_INTEGER,
                  properties_length);
  register_scalar(connection, "jsonb_format_json", {DUCKDB_TYPE_BLOB}, DUCKDB_TYPE_VARCHAR,
                  jsonb_format_json);
  run(connection,
      "CREATE MACRO approx_percentile_cont(x, p) AS approx_quantile(CAST(x AS DOUBLE), p)");
}

}  // namespace micromegas::query
