#include "query/running_query.h"

#include <set>
#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/type.h>

#include "query/duckdb_error.h"
#include "query/status.h"
#include "query/wire_types.h"

namespace micromegas::query {
namespace {

/// Names of the columns that the views of a request keep as dictionaries.
std::set<std::string> dictionary_columns(const Request& request) {
  std::set<std::string> names;
  for (const auto& [key, view] : request.views) {
    for (const auto& field : view.schema->fields()) {
      if (field->type()->id() == arrow::Type::DICTIONARY) names.insert(field->name());
    }
  }
  return names;
}

}  // namespace

RunningQuery::RunningQuery(Database& database, RequestRegistry& requests,
                           CancellationWatcher& watcher, std::string_view sql,
                           std::shared_ptr<Request> request)
    : request_(std::move(request)),
      connection_(database.connect()),
      scope_(requests, connection_.get(), request_),
      watch_(watcher, connection_.get(), request_->options.cancel) {
  request_->options.cancel.check();
  const AdmittedStatement statement = admit_statement(connection_.get(), sql);
  prepare(statement.sql);
  read_schema(statement);
}

void RunningQuery::prepare(const std::string& sql) {
  if (duckdb_prepare(connection_.get(), sql.c_str(), prepared_.out()) != DuckDBSuccess) {
    const char* text = duckdb_prepare_error(prepared_.get());
    throw failure(error_from_text(text == nullptr ? "" : text));
  }
  // The guard let only these through; a second look costs nothing.
  const auto type = duckdb_prepared_statement_type(prepared_.get());
  if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    throw invalid_argument("refused: only statements that read are allowed");
  }
}

void RunningQuery::read_schema(const AdmittedStatement& statement) {
  const idx_t count = duckdb_prepared_statement_column_count(prepared_.get());
  std::vector<DuckdbType> types;
  std::vector<duckdb_logical_type> raw_types;
  std::vector<std::string> names;
  std::vector<const char*> raw_names;
  for (idx_t i = 0; i < count; ++i) {
    types.emplace_back(duckdb_prepared_statement_column_logical_type(prepared_.get(), i));
    raw_types.push_back(types.back().get());
    const char* name = duckdb_prepared_statement_column_name(prepared_.get(), i);
    names.emplace_back(name);
    duckdb_free(const_cast<char*>(name));
  }
  raw_names.reserve(names.size());
  for (const auto& name : names) raw_names.push_back(name.c_str());

  duckdb_connection_get_arrow_options(connection_.get(), arrow_options_.out());
  ArrowSchema c_schema{};
  check(duckdb_to_arrow_schema(arrow_options_.get(), raw_types.data(), raw_names.data(), count,
                               &c_schema));
  duckdb_schema_ = check(arrow::ImportSchema(&c_schema));

  const auto dictionaries = request_->options.preserve_dictionary ? dictionary_columns(*request_)
                                                                  : std::set<std::string>();
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (const auto& field : duckdb_schema_->fields()) {
    auto wire = wire_field(*field);
    const auto renamed = statement.renamed_columns.find(field->name());
    const auto& origin =
        renamed == statement.renamed_columns.end() ? field->name() : renamed->second;
    if (wire->type()->id() == arrow::Type::STRING && dictionaries.contains(origin)) {
      wire = wire->WithType(dictionary_type());
    }
    fields.push_back(std::move(wire));
  }
  schema_ = arrow::schema(std::move(fields));
}

void RunningQuery::start() {
  request_->options.cancel.check();
  result_ = std::make_unique<DuckdbResult>();
  if (duckdb_execute_prepared_streaming(prepared_.get(), result_->get()) != DuckDBSuccess) {
    throw failure(error_of_result(result_->get()));
  }
}

DuckdbChunk RunningQuery::next_chunk() {
  request_->options.cancel.check();
  DuckdbChunk chunk(duckdb_fetch_chunk(*result_->get()));
  if (chunk) return chunk;
  const char* text = duckdb_result_error(result_->get());
  if (text != nullptr && *text != '\0') throw failure(error_of_result(result_->get()));
  return {};
}

Error RunningQuery::failure(const Error& of_duckdb) const {
  if (request_->options.cancel.cancelled()) {
    return Error(ErrorKind::kCancelled, "the request was cancelled");
  }
  return request_->failure ? *request_->failure : of_duckdb;
}

}  // namespace micromegas::query
