#pragma once

#include <memory>
#include <string>

namespace arrow {
class Array;
class DataType;
class Field;
}  // namespace arrow

namespace micromegas::query {

/// What clients understand. DuckDB's types become, also within lists and structs:
///   - whole decimals (a SUM of integers is one of 128 bits): int64, an error beyond;
///   - other decimals: float64;
///   - timestamps of any unit: nanoseconds, zone "+00:00" where there is one;
///   - dictionaries (ENUM): their values.
std::shared_ptr<arrow::DataType> wire_type(const std::shared_ptr<arrow::DataType>& type);

/// A column: its type for the wire, and the name that the original gives unnamed counts.
std::shared_ptr<arrow::Field> wire_field(const arrow::Field& field);

/// Brings a column from DuckDB's type to `wire_type` of it. Throws `Error{kInvalidArgument}` for a
/// value that does not fit.
std::shared_ptr<arrow::Array> to_wire(const std::shared_ptr<arrow::Array>& column,
                                      const std::shared_ptr<arrow::DataType>& type);

/// Strings as a dictionary with int32 keys.
std::shared_ptr<arrow::Array> dictionary_encoded(const arrow::Array& strings);
std::shared_ptr<arrow::DataType> dictionary_type();

}  // namespace micromegas::query
