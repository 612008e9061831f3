#include "query/duckdb_error.h"

#include <array>
#include <string>
#include <utility>

#include "query/duckdb_handles.h"

namespace micromegas::query {
namespace {

constexpr std::array<std::pair<std::string_view, duckdb_error_type>, 24> kPrefixes = {{
    {"Parser Error", DUCKDB_ERROR_PARSER},
    {"Syntax Error", DUCKDB_ERROR_SYNTAX},
    {"Binder Error", DUCKDB_ERROR_BINDER},
    {"Catalog Error", DUCKDB_ERROR_CATALOG},
    {"Conversion Error", DUCKDB_ERROR_CONVERSION},
    {"Out of Range Error", DUCKDB_ERROR_OUT_OF_RANGE},
    {"Invalid Input Error", DUCKDB_ERROR_INVALID_INPUT},
    {"Invalid type Error", DUCKDB_ERROR_INVALID_TYPE},
    {"Mismatch Type Error", DUCKDB_ERROR_MISMATCH_TYPE},
    {"Divide by Zero Error", DUCKDB_ERROR_DIVIDE_BY_ZERO},
    {"Decimal Error", DUCKDB_ERROR_DECIMAL},
    {"Constraint Error", DUCKDB_ERROR_CONSTRAINT},
    {"Parameter Not Resolved Error", DUCKDB_ERROR_PARAMETER_NOT_RESOLVED},
    {"Parameter Not Allowed Error", DUCKDB_ERROR_PARAMETER_NOT_ALLOWED},
    {"Permission Error", DUCKDB_ERROR_PERMISSION},
    {"Invalid Configuration Error", DUCKDB_INVALID_CONFIGURATION},
    {"Missing Extension Error", DUCKDB_ERROR_MISSING_EXTENSION},
    {"Extension Autoloading Error", DUCKDB_ERROR_AUTOLOAD},
    {"Not implemented Error", DUCKDB_ERROR_NOT_IMPLEMENTED},
    {"Out of Memory Error", DUCKDB_ERROR_OUT_OF_MEMORY},
    {"INTERRUPT Error", DUCKDB_ERROR_INTERRUPT},
    {"IO Error", DUCKDB_ERROR_IO},
    {"INTERNAL Error", DUCKDB_ERROR_INTERNAL},
    {"FATAL Error", DUCKDB_ERROR_FATAL},
}};

/// Leaves out what clients cannot use: advice to change settings, and most of the fifty overloads
/// with which an operator that fits nothing is answered.
std::string shortened(std::string_view text) {
  text = text.substr(0, text.find("\n\nPossible solutions:"));
  constexpr std::string_view kList = "Candidate functions:\n";
  constexpr int kShown = 5;
  const auto list = text.find(kList);
  if (list == std::string_view::npos) return std::string(text);
  std::size_t end = list + kList.size();
  for (int shown = 0; end < text.size() && text[end] == '\t'; ++shown) {
    const auto next = text.find('\n', end);
    if (shown == kShown) {
      const auto rest = text.find("\n\n", end);
      return std::string(text.substr(0, end)) + "\t..." +
             std::string(rest == std::string_view::npos ? std::string_view() : text.substr(rest));
    }
    end = next == std::string_view::npos ? text.size() : next + 1;
  }
  return std::string(text);
}

}  // namespace

ErrorKind error_kind(duckdb_error_type type) noexcept {
  switch (type) {
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_PLANNER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_INVALID_TYPE:
    case DUCKDB_ERROR_MISMATCH_TYPE:
    case DUCKDB_ERROR_UNKNOWN_TYPE:
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
    case DUCKDB_ERROR_DECIMAL:
    case DUCKDB_ERROR_CONSTRAINT:
    case DUCKDB_ERROR_EXPRESSION:
    case DUCKDB_ERROR_PARAMETER_NOT_RESOLVED:
    case DUCKDB_ERROR_PARAMETER_NOT_ALLOWED:
    case DUCKDB_ERROR_PERMISSION:
    case DUCKDB_ERROR_SETTINGS:
    case DUCKDB_INVALID_CONFIGURATION:
    case DUCKDB_ERROR_MISSING_EXTENSION:
    case DUCKDB_ERROR_AUTOLOAD:
    case DUCKDB_ERROR_OBJECT_SIZE:
      return ErrorKind::kInvalidArgument;
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
      return ErrorKind::kUnimplemented;
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return ErrorKind::kResourceExhausted;
    case DUCKDB_ERROR_INTERRUPT:
      return ErrorKind::kCancelled;
    case DUCKDB_ERROR_IO:
      return ErrorKind::kUnavailable;
    default:
      return ErrorKind::kInternal;
  }
}

Error error_from_text(std::string_view text) {
  for (const auto& [prefix, type] : kPrefixes) {
    if (text.starts_with(prefix)) return Error(error_kind(type), shortened(text));
  }
  return Error(ErrorKind::kInternal, text.empty() ? "DuckDB gave no reason" : std::string(text));
}

Error error_of_result(duckdb_result* result) {
  const char* text = duckdb_result_error(result);
  const auto type = duckdb_result_error_type(result);
  if (text == nullptr) return Error(ErrorKind::kInternal, "DuckDB gave no reason");
  return type == DUCKDB_ERROR_INVALID ? error_from_text(text)
                                      : Error(error_kind(type), shortened(text));
}

void check(duckdb_error_data error) {
  const DuckdbErrorData owned(error);
  if (owned && duckdb_error_data_has_error(owned.get())) {
    throw Error(error_kind(duckdb_error_data_error_type(owned.get())),
                duckdb_error_data_message(owned.get()));
  }
}

}  // namespace micromegas::query
