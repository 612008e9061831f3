#pragma once

#include <string_view>

namespace micromegas::query {

// What SQL of clients may name. DuckDB has more of each: tables that are files, table functions
// that read them, functions that tell settings or run other SQL.

/// The tables of a lake.
bool is_table(std::string_view name);

/// `view_instance`, the lists, and DuckDB's that make rows of nothing but their arguments.
bool is_table_function(std::string_view name);

/// Scalar functions that are not for strangers; all others are.
bool is_forbidden_function(std::string_view name);

/// DuckDB's type for an Arrow type name of `arrow_cast` (`Utf8`, `Int64`, ...); empty: unknown.
std::string_view type_of_arrow_name(std::string_view arrow_name);

/// What is allowed, for the texts of errors.
inline constexpr std::string_view kAllowedStatements =
    "one SELECT (also WITH, VALUES), SHOW TABLES, SHOW COLUMNS FROM, DESCRIBE or EXPLAIN";
inline constexpr std::string_view kAllowedTables =
    "processes, streams, blocks and information_schema.tables / columns";
inline constexpr std::string_view kAllowedTableFunctions =
    "view_instance, list_view_sets, list_partitions, list_block_errors, unnest, generate_series "
    "and range";

}  // namespace micromegas::query
