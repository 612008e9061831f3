#pragma once

#include <map>
#include <string>
#include <string_view>

#include <duckdb.h>

namespace micromegas::query {

/// A statement that a stranger may run, as our dialect of it.
struct AdmittedStatement {
  std::string sql;

  /// Columns of the outermost SELECT that rename a column: result name to name of origin.
  std::map<std::string, std::string> renamed_columns;
};

/// Reads a client's text before DuckDB binds it, and admits one statement that only reads:
/// SELECT (also WITH, VALUES, UNION ...), SHOW TABLES, SHOW COLUMNS FROM, DESCRIBE, plain EXPLAIN;
/// in it only our tables and table functions, never files, settings or DuckDB's own catalogs.
///
/// It looks at DuckDB's parse tree, so it sees what DuckDB sees; the tree's positions let it put
/// our dialect into the text:
///   - TIMESTAMP and TIMESTAMPTZ literals keep nanoseconds and honour their offset;
///   - arrow_cast(x, 'Int64') becomes CAST(x AS BIGINT);
///   - the information schema shows our tables;
///   - `end` is a column name.
///
/// Throws `Error{kInvalidArgument}` naming what is refused and what is allowed. `connection`
/// parses; it runs nothing of the text.
AdmittedStatement admit_statement(duckdb_connection connection, std::string_view sql);

/// Names of the tables and views that the guard lets through; they exist in the database.
inline constexpr std::string_view kInformationTables = "micromegas_information_tables";
inline constexpr std::string_view kInformationColumns = "micromegas_information_columns";

}  // namespace micromegas::query
