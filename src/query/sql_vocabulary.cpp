#include "query/sql_vocabulary.h"

#include <algorithm>
#include <array>
#include <utility>

namespace micromegas::query {
namespace {

constexpr std::array<std::string_view, 3> kTables = {"processes", "streams", "blocks"};

constexpr std::array<std::string_view, 7> kTableFunctions = {
    "view_instance",   "list_view_sets", "list_partitions", "list_block_errors", "unnest",
    "generate_series", "range"};

constexpr std::array<std::string_view, 16> kForbiddenFunctions = {
    "getenv",
    "current_setting",
    "getvariable",
    "nextval",
    "currval",
    "setval",
    "write_log",
    "parse_duckdb_log_message",
    "json_serialize_plan",
    "json_execute_serialized_sql",
    "sleep_ms",
    "query",
    "query_table",
    "current_query",
    "in_search_path",
    "read_text",
};

/// Whole families: of ours behind the scenes, and of DuckDB's about itself.
constexpr std::array<std::string_view, 4> kForbiddenPrefixes = {"micromegas_", "duckdb_", "pragma_",
                                                                "pg_"};
constexpr std::array<std::string_view, 2> kHarmless = {"pg_typeof", "pg_size_pretty"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kArrowTypes = {{
    {"Boolean", "BOOLEAN"},
    {"Int8", "TINYINT"},
    {"Int16", "SMALLINT"},
    {"Int32", "INTEGER"},
    {"Int64", "BIGINT"},
    {"UInt8", "UTINYINT"},
    {"UInt16", "USMALLINT"},
    {"UInt32", "UINTEGER"},
    {"UInt64", "UBIGINT"},
    {"Float32", "FLOAT"},
    {"Float64", "DOUBLE"},
    {"Utf8", "VARCHAR"},
    {"LargeUtf8", "VARCHAR"},
    {"Utf8View", "VARCHAR"},
    {"Binary", "BLOB"},
    {"LargeBinary", "BLOB"},
    {"Date32", "DATE"},
    {"Timestamp(Nanosecond, None)", "TIMESTAMPTZ_NS"},
    {"Timestamp(Nanosecond, Some(\"+00:00\"))", "TIMESTAMPTZ_NS"},
}};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_table(std::string_view name) { return contains(kTables, name); }

bool is_table_function(std::string_view name) { return contains(kTableFunctions, name); }

bool is_forbidden_function(std::string_view name) {
  if (contains(kForbiddenFunctions, name)) return true;
  return !contains(kHarmless, name) &&
         std::any_of(kForbiddenPrefixes.begin(), kForbiddenPrefixes.end(),
                     [&](auto prefix) { return name.starts_with(prefix); });
}

std::string_view type_of_arrow_name(std::string_view arrow_name) {
  for (const auto& [name, type] : kArrowTypes) {
    if (name == arrow_name) return type;
  }
  return {};
}

}  // namespace micromegas::query
