#pragma once

#include <functional>
#include <memory>
#include <string>

#include "flight/flight_sql_messages.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace micromegas::flight {

// What clients ask before they let anybody write SQL. As in the original, our tables stand in a
// catalog and a schema without a name, and are of the type "table".

std::shared_ptr<arrow::RecordBatch> catalogs();
std::shared_ptr<arrow::RecordBatch> db_schemas(const CommandGetDbSchemas& command);
std::shared_ptr<arrow::RecordBatch> table_types();

/// `schema_of_table` gives the columns of a table by its name.
std::shared_ptr<arrow::RecordBatch> tables(
    const CommandGetTables& command,
    const std::function<std::shared_ptr<arrow::Schema>(const std::string&)>& schema_of_table);

/// A schema as an IPC message; with `end_of_stream`, as a stream that holds nothing else.
std::string serialized(const arrow::Schema& schema, bool end_of_stream);

/// Does `name` match a pattern with `%` and `_`?
bool matches_like(std::string_view name, std::string_view pattern);

}  // namespace micromegas::flight
