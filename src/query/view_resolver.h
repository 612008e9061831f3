#pragma once

#include <memory>
#include <string>

#include <duckdb.h>

#include "lake/lake.h"
#include "query/request.h"
#include "views/partition_updater.h"
#include "views/view_factory.h"

namespace micromegas::query {

/// Turns `view_instance('<set>', '<id>')` into SQL over Parquet files.
///
/// `view_instance` is a table macro over `query(micromegas_view_sql(set, id))`. DuckDB folds that
/// scalar function while it binds a statement; the function finds the request by its connection,
/// brings the view's partitions up to date and returns a SELECT that lists their files. Filters and
/// columns of the statement still reach the Parquet scan.
///
/// Any thread may call; one binding runs per request.
class ViewResolver {
 public:
  ViewResolver(std::shared_ptr<lake::Lake> lake, const views::ViewFactory& factory,
               views::PartitionUpdater& updater, const RequestRegistry& requests);

  /// Registers the function and the macro. The resolver must outlive the database.
  void register_functions(duckdb_connection connection);

  /// The SELECT of a view for a request. Throws `Error`.
  std::string view_sql(Request& request, const std::string& view_set,
                       const std::string& view_instance) const;

  const RequestRegistry& requests() const { return requests_; }

 private:
  Request::ResolvedView resolve(const Request& request, const std::string& view_set,
                                const std::string& view_instance) const;

  std::shared_ptr<lake::Lake> lake_;
  const views::ViewFactory& factory_;
  views::PartitionUpdater& updater_;
  const RequestRegistry& requests_;
};

}  // namespace micromegas::query
