#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/cancellation_watcher.h"
#include "query/database.h"
#include "query/duckdb_handles.h"
#include "query/request.h"
#include "query/statement_guard.h"

namespace micromegas::query {

/// One statement of one client, from text to chunks: its connection, and what binds, runs and
/// interrupts it. One thread.
class RunningQuery {
 public:
  /// Admits and binds the statement. Throws `Error`.
  RunningQuery(Database& database, RequestRegistry& requests, CancellationWatcher& watcher,
               std::string_view sql, std::shared_ptr<Request> request);

  /// Names and types of the result, as clients get them.
  std::shared_ptr<arrow::Schema> schema() const { return schema_; }

  /// The same as DuckDB has it: what `next_chunk` gives.
  std::shared_ptr<arrow::Schema> duckdb_schema() const { return duckdb_schema_; }

  const Request& request() const { return *request_; }

  /// Runs it up to the first rows. Throws `Error`.
  void start();

  /// The next rows; empty at the end. Throws `Error`.
  DuckdbChunk next_chunk();

  duckdb_arrow_options arrow_options() const { return arrow_options_.get(); }

 private:
  void prepare(const std::string& sql);
  void read_schema(const AdmittedStatement& statement);

  /// What went wrong: a callback of ours knows better than DuckDB, a cancelled request best.
  Error failure(const Error& of_duckdb) const;

  std::shared_ptr<Request> request_;
  DuckdbConnection connection_;
  RequestScope scope_;
  CancellationWatcher::Watch watch_;
  DuckdbPrepared prepared_;
  DuckdbArrowOptions arrow_options_;
  std::shared_ptr<arrow::Schema> duckdb_schema_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<DuckdbResult> result_;  ///< Ends before its connection.
};

}  // namespace micromegas::query
