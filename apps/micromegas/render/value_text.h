#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace arrow {
class Array;
class DataType;
}  // namespace arrow

namespace micromegas::cli {

/// Whether people read values of this type as numbers: tables align those to the right.
bool is_number(const arrow::DataType& type);

/// Appends one value as CSV and tables show it: times in RFC 3339, bytes in hexadecimal behind
/// `\x`, property sets and nested values as JSON. The value must not be NULL: each format has its
/// own way to show those.
void append_text(const arrow::Array& values, std::int64_t row, std::string& out);

/// Appends one value as JSON; NULL is `null`, and so are numbers that JSON has no word for.
void append_json(const arrow::Array& values, std::int64_t row, std::string& out);

/// Appends text as a JSON string. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string& out);

}  // namespace micromegas::cli
