#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace arrow {
class Array;
class RecordBatchReader;
}  // namespace arrow

namespace micromegas::query {

/// A value as tests like to compare it: NULL, texts bare, times as RFC 3339, binary as hexadecimal,
/// lists as [a, b].
std::string value_text(const arrow::Array& column, std::int64_t row);

/// The rows, one a line, values separated by " | ". Throws the `Error` of a reader that fails.
std::string rows_text(arrow::RecordBatchReader& reader);

/// `name: type`, one a line.
std::string schema_text(arrow::RecordBatchReader& reader);

}  // namespace micromegas::query
