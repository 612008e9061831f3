#include "flight/catalog.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "query/status.h"

namespace micromegas::flight {
namespace {

using query::check;

constexpr std::array<const char*, 3> kTables = {"blocks", "processes", "streams"};
constexpr char kTableType[] = "table";

std::shared_ptr<arrow::Array> texts(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  check(builder.AppendValues(values));
  return check(builder.Finish());
}

std::shared_ptr<arrow::RecordBatch> batch(std::vector<std::shared_ptr<arrow::Field>> fields,
                                          std::vector<std::shared_ptr<arrow::Array>> columns) {
  const auto rows = columns.front()->length();
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(columns));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

/// Do filters on catalog and schema leave the one without a name?
bool unnamed_passes(const std::optional<std::string>& catalog,
                    const std::optional<std::string>& schema_pattern) {
  return catalog.value_or("").empty() && matches_like("", schema_pattern.value_or("%"));
}

bool type_passes(const std::vector<std::string>& types) {
  return types.empty() || std::any_of(types.begin(), types.end(), [](const std::string& type) {
           return equal_ignoring_case(type, kTableType) || equal_ignoring_case(type, "base table");
         });
}

}  // namespace

bool matches_like(std::string_view name, std::string_view pattern) {
  // Where to go on when a `%` has to take one character more.
  std::size_t after_percent = std::string_view::npos;
  std::size_t taken = 0;
  std::size_t n = 0;
  std::size_t p = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      after_percent = ++p;
      taken = n;
    } else if (p < pattern.size() && (pattern[p] == '_' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (after_percent != std::string_view::npos) {
      p = after_percent;
      n = ++taken;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](char c) { return c == '%'; });
}

std::string serialized(const arrow::Schema& schema, bool end_of_stream) {
  std::string bytes = check(arrow::ipc::SerializeSchema(schema))->ToString();
  if (end_of_stream) bytes.append("\xff\xff\xff\xff\0\0\0\0", 8);
  return bytes;
}

std::shared_ptr<arrow::RecordBatch> catalogs() {
  return batch({arrow::field("catalog_name", arrow::utf8(), false)}, {texts({""})});
}

std::shared_ptr<arrow::RecordBatch> db_schemas(const CommandGetDbSchemas& command) {
  const bool passes = unnamed_passes(command.catalog, command.db_schema_filter_pattern);
  const std::vector<std::string> names(passes ? 1 : 0);
  return batch({arrow::field("catalog_name", arrow::utf8()),
                arrow::field("db_schema_name", arrow::utf8(), false)},
               {texts(names), texts(names)});
}

std::shared_ptr<arrow::RecordBatch> table_types() {
  return batch({arrow::field("table_type", arrow::utf8(), false)}, {texts({kTableType})});
}

std::shared_ptr<arrow::RecordBatch> tables(
    const CommandGetTables& command,
    const std::function<std::shared_ptr<arrow::Schema>(const std::string&)>& schema_of_table) {
  std::vector<std::string> names;
  if (unnamed_passes(command.catalog, command.db_schema_filter_pattern) &&
      type_passes(command.table_types)) {
    for (const char* table : kTables) {
      if (matches_like(table, command.table_name_filter_pattern.value_or("%"))) {
        names.emplace_back(table);
      }
    }
  }
  const std::vector<std::string> unnamed(names.size());
  std::vector<std::shared_ptr<arrow::Field>> fields = {
      arrow::field("catalog_name", arrow::utf8()), arrow::field("db_schema_name", arrow::utf8()),
      arrow::field("table_name", arrow::utf8(), false),
      arrow::field("table_type", arrow::utf8(), false)};
  std::vector<std::shared_ptr<arrow::Array>> columns = {
      texts(unnamed), texts(unnamed), texts(names),
      texts(std::vector<std::string>(names.size(), kTableType))};
  if (command.include_schema) {
    arrow::BinaryBuilder schemas;
    for (const auto& name : names) {
      check(schemas.Append(serialized(*schema_of_table(name), /*end_of_stream=*/false)));
    }
    fields.push_back(arrow::field("table_schema", arrow::binary(), false));
    columns.push_back(check(schemas.Finish()));
  }
  return batch(std::move(fields), std::move(columns));
}

}  // namespace micromegas::flight
