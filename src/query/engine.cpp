#include "query/engine.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include <arrow/type.h>

#include "query/bounded_functions.h"
#include "query/cancellation_watcher.h"
#include "query/database.h"
#include "query/lake_lists.h"
#include "query/metadata_tables.h"
#include "query/result_reader.h"
#include "query/running_query.h"
#include "query/sql_functions.h"
#include "query/statement_guard.h"
#include "query/time_functions.h"
#include "query/view_resolver.h"
#include "views/partition_updater.h"
#include "views/view_factory.h"

namespace micromegas::query {
namespace {

views::UpdaterOptions updater_options(const EngineOptions& options) {
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return {options.materialization_threads == 0 ? cores : options.materialization_threads,
          options.materialization_memory};
}

/// What the information schema and SHOW show: the tables of a lake, without DuckDB's own.
void create_information_tables(duckdb_connection connection) {
  // DuckDB calls the catalog of a database in memory "memory".
  run(connection, "CREATE TABLE " + std::string(kInformationTables) +
                      " AS SELECT 'micromegas' AS table_catalog, table_schema, table_name, "
                      "'BASE TABLE' AS table_type FROM information_schema.tables "
                      "WHERE table_type = 'VIEW' ORDER BY table_name");
  run(connection,
      "CREATE TABLE " + std::string(kInformationColumns) +
          " AS SELECT 'micromegas' AS table_catalog, table_schema, table_name, column_name, "
          "ordinal_position, column_default, is_nullable, data_type "
          "FROM information_schema.columns WHERE table_name IN (SELECT table_name FROM " +
          std::string(kInformationTables) + ") ORDER BY table_name, ordinal_position");
}

}  // namespace

struct Engine::Impl {
  Impl(std::shared_ptr<lake::Lake> a_lake, const EngineOptions& options)
      : lake(std::move(a_lake)),
        factory(views::default_view_factory()),
        updater(lake, updater_options(options)),
        resolver(lake, factory, updater, requests),
        database(options, lake->partitions_folder()) {
    const auto connection = database.connect();
    register_time_functions(connection.get());
    register_sql_functions(connection.get());
    register_bounded_functions(connection.get());
    create_metadata_tables(connection.get(), requests, lake);
    register_lake_lists(connection.get(), requests, lake, factory);
    resolver.register_functions(connection.get());
    create_information_tables(connection.get());
    database.lock();
  }

  std::unique_ptr<RunningQuery> bind(std::string_view sql, const RequestOptions& options,
                                     bool schema_only) {
    auto request = std::make_shared<Request>();
    request->options = options;
    request->schema_only = schema_only;
    return std::make_unique<RunningQuery>(database, requests, watcher, sql, std::move(request));
  }

  // In the order in which each needs those before it.
  std::shared_ptr<lake::Lake> lake;
  views::ViewFactory factory;
  views::PartitionUpdater updater;
  RequestRegistry requests;
  ViewResolver resolver;
  Database database;
  CancellationWatcher watcher;
};

Engine::Engine(std::shared_ptr<lake::Lake> lake, const EngineOptions& options)
    : impl_(std::make_unique<Impl>(std::move(lake), options)) {}

Engine::~Engine() = default;

std::shared_ptr<arrow::Schema> Engine::schema_of(std::string_view sql,
                                                 const RequestOptions& request) {
  return impl_->bind(sql, request, true)->schema();
}

std::shared_ptr<arrow::RecordBatchReader> Engine::execute(std::string_view sql,
                                                          const RequestOptions& request) {
  auto query = impl_->bind(sql, request, false);
  query->start();
  return std::make_shared<ResultReader>(std::move(query));
}

}  // namespace micromegas::query
