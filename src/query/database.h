#pragma once

#include <filesystem>
#include <string>

#include "query/duckdb_handles.h"
#include "query/engine.h"

namespace micromegas::query {

/// The one DuckDB database of an engine: in memory, with options that SQL cannot change and one
/// folder that SQL can read. Connections are cheap (microseconds), opening is not (tens of
/// milliseconds). Any thread may connect.
class Database {
 public:
  /// Opens with the options that shape answers (UTC, integer division, NULLs as in PostgreSQL) and
  /// limits. `readable_folder` is all that SQL will see of the file system.
  Database(const EngineOptions& options, const std::filesystem::path& readable_folder);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  DuckdbConnection connect();

  /// Shuts the door: no option changes any more and no file beyond the folder opens. Call it when
  /// all functions and views are registered.
  void lock();

 private:
  std::filesystem::path readable_folder_;
  std::filesystem::path own_spill_folder_;  ///< Empty unless we made it.
  DuckdbDatabase database_;
};

/// Runs a statement of our own and throws its `Error`.
void run(duckdb_connection connection, const std::string& sql);

/// `text` as a SQL literal in single quotes.
std::string sql_literal(std::string_view text);

/// `name` as a SQL identifier in double quotes.
std::string sql_identifier(std::string_view name);

}  // namespace micromegas::query
