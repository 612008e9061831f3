#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <arrow/flight/server.h>

#include "flight/call_watcher.h"
#include "query/engine.h"

namespace micromegas::flight {

/// What the log says of one query when it ends, in one line; also of one that could not be planned.
class QueryAudit {
 public:
  QueryAudit(std::string caller, std::string client_type, std::string sql,
             const query::RequestOptions& options);

  /// Logs once; a query that ends without a word was cut off.
  ~QueryAudit();

  const std::string& query_id() const { return query_id_; }
  void add_rows(std::int64_t rows) { rows_ += rows; }
  void succeeded() { status_ = "ok"; }

  /// Nothing is logged nor counted: the query itself is to come.
  void was_only_planned() { is_query_ = false; }

  /// Remembers the error and gives the status that the client sees, query id included.
  arrow::Status failed(const Error& error);

 private:
  std::string query_id_;
  std::string caller_;
  std::string client_type_;
  std::string sql_;
  std::string range_;
  std::string status_ = "abandoned";
  std::int64_t rows_ = 0;
  bool is_query_ = true;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The rows of one query on their way out. It ends with its call: it watches whether the client is
/// still there, and writes the log line.
class QueryStream : public arrow::flight::FlightDataStream {
 public:
  QueryStream(std::shared_ptr<arrow::RecordBatchReader> rows, std::unique_ptr<QueryAudit> audit,
              std::unique_ptr<CallWatcher::Watch> watch);
  ~QueryStream() override;

  std::shared_ptr<arrow::Schema> schema() override;
  arrow::Result<arrow::flight::FlightPayload> GetSchemaPayload() override;
  arrow::Result<arrow::flight::FlightPayload> Next() override;
  arrow::Status Close() override;

 private:
  std::unique_ptr<QueryAudit> audit_;
  std::unique_ptr<CallWatcher::Watch> watch_;
  std::unique_ptr<arrow::flight::RecordBatchStream> stream_;
};

}  // namespace micromegas::flight
