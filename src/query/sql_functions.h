#pragma once

#include <duckdb.h>

namespace micromegas::query {

/// The original's functions that are not about time:
///
///   property_get(properties, key)        text of a property, key in any case; NULL when absent
///   properties_length(properties)
///   jsonb_format_json(jsonb)             compact JSON
///   approx_percentile_cont(x, p)         percentile by sketch, always DOUBLE
void register_sql_functions(duckdb_connection connection);

}  // namespace micromegas::query
