#include "query/arrow_types.h"

#include <arrow/type.h>

#include "base/error.h"
#include "query/database.h"

namespace micromegas::query {

std::string duckdb_type_name(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return duckdb_type_name(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::LIST:
      return duckdb_type_name(*static_cast<const arrow::ListType&>(type).value_type()) + "[]";
    case arrow::Type::STRING:
      return "VARCHAR";
    case arrow::Type::BINARY:
      return "BLOB";
    case arrow::Type::BOOL:
      return "BOOLEAN";
    case arrow::Type::INT8:
      return "TINYINT";
    case arrow::Type::INT16:
      return "SMALLINT";
    case arrow::Type::INT32:
      return "INTEGER";
    case arrow::Type::INT64:
      return "BIGINT";
    case arrow::Type::UINT8:
      return "UTINYINT";
    case arrow::Type::UINT16:
      return "USMALLINT";
    case arrow::Type::UINT32:
      return "UINTEGER";
    case arrow::Type::UINT64:
      return "UBIGINT";
    case arrow::Type::FLOAT:
      return "FLOAT";
    case arrow::Type::DOUBLE:
      return "DOUBLE";
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      if (timestamp.unit() == arrow::TimeUnit::NANO) {
        return timestamp.timezone().empty() ? "TIMESTAMP_NS" : "TIMESTAMPTZ_NS";
      }
      break;
    }
    default:
      break;
  }
  throw Error(ErrorKind::kInternal, "no SQL type for Arrow's " + type.ToString());
}

std::string empty_select(const arrow::Schema& schema) {
  std::string sql = "SELECT ";
  for (int i = 0; i < schema.num_fields(); ++i) {
    const auto& field = *schema.field(i);
    if (i > 0) sql += ", ";
    sql +=
        "CAST(NULL AS " + duckdb_type_name(*field.type()) + ") AS " + sql_identifier(field.name());
  }
  return sql + " WHERE false";
}

}  // namespace micromegas::query
