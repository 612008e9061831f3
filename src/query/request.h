#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <duckdb.h>

#include "query/engine.h"

namespace micromegas::query {

/// What the functions that DuckDB calls back must know of the request on whose behalf they run.
/// A request has one connection and binds in one thread.
struct Request {
  RequestOptions options;

  /// Wants the schema only: views answer with zero rows and nothing is materialised.
  bool schema_only = false;

  struct ResolvedView {
    std::string sql;
    std::shared_ptr<arrow::Schema> schema;
  };
  /// Each (view set, instance), by the text of the statement. A statement is bound more than once
  /// and may name a view on both sides of a join: all see the partitions of the first time.
  std::map<std::pair<std::string, std::string>, ResolvedView> views;

  /// What a callback threw: DuckDB passes on the text alone.
  std::optional<Error> failure;
};

/// Finds the request of a connection. Any thread.
class RequestRegistry {
 public:
  std::shared_ptr<Request> find(idx_t connection_id) const;

 private:
  friend class RequestScope;
  mutable std::mutex mutex_;
  std::unordered_map<idx_t, std::shared_ptr<Request>> requests_;
};

/// Ties a request to a connection for as long as it lives.
class RequestScope {
 public:
  RequestScope(RequestRegistry& registry, duckdb_connection connection,
               std::shared_ptr<Request> request);
  ~RequestScope();
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  RequestRegistry& registry_;
  idx_t connection_id_;
};

}  // namespace micromegas::query
