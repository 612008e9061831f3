#pragma once

#include <string>

namespace arrow {
class DataType;
class Schema;
}  // namespace arrow

namespace micromegas::query {

/// DuckDB's name of the type in which it reads a Parquet column of this Arrow type. Throws
/// `Error{kInternal}` for a type that no view has.
std::string duckdb_type_name(const arrow::DataType& type);

/// A SELECT with the columns of `schema` and no rows.
std::string empty_select(const arrow::Schema& schema);

}  // namespace micromegas::query
