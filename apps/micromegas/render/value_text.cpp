#include "apps/micromegas/render/value_text.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <arrow/api.h>
#include <arrow/type_traits.h>

#include "apps/micromegas/render/property_set.h"
#include "base/time.h"

namespace micromegas::cli {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

template <class Number>
void append_digits(Number value, std::string& out) {
  char digits[64];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  out.append(digits, end);
}

void append_hex(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    out += kHexDigits[value >> 4];
    out += kHexDigits[value & 15];
  }
}

struct UnitScale {
  std::int64_t ns;
  std::size_t digits;  ///< After the decimal point.
};

UnitScale scale_of(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return {1'000'000'000, 0};
    case arrow::TimeUnit::MILLI:
      return {1'000'000, 3};
    case arrow::TimeUnit::MICRO:
      return {1'000, 6};
    case arrow::TimeUnit::NANO:
      break;
  }
  return {1, 9};
}

/// RFC 3339 with as many digits as the unit has; without `Z` when the type has no zone. Returns
/// false outside the years that nanoseconds reach.
bool append_timestamp(const arrow::TimestampArray& values, std::int64_t row, std::string& out) {
  const auto& type = static_cast<const arrow::TimestampType&>(*values.type());
  const auto scale = scale_of(type.unit());
  std::int64_t ns;
  if (__builtin_mul_overflow(values.Value(row), scale.ns, &ns)) return false;
  auto text = to_rfc3339({ns});
  text.pop_back();  // Z
  text.resize(text.size() - (9 - scale.digits) - (scale.digits == 0 ? 1 : 0));
  out += text;
  if (!type.timezone().empty()) out += 'Z';
  return true;
}

/// The bytes of a text or binary value, whatever the width of its offsets.
std::optional<std::string_view> bytes_of(const arrow::Array& values, std::int64_t row) {
  switch (values.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(values).GetView(row);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(values).GetView(row);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return static_cast<const arrow::BinaryViewArray&>(values).GetView(row);
    case arrow::Type::FIXED_SIZE_BINARY:
      return static_cast<const arrow::FixedSizeBinaryArray&>(values).GetView(row);
    default:
      return std::nullopt;
  }
}

bool is_text(arrow::Type::type type) {
  return type == arrow::Type::STRING || type == arrow::Type::LARGE_STRING ||
         type == arrow::Type::STRING_VIEW;
}

/// Appends integers, floating point and boolean values; false for any other type.
bool append_plain(const arrow::Array& values, std::int64_t row, std::string& out) {
  const auto digits = [&](auto* array) {
    append_digits(array->Value(row), out);
    return true;
  };
  switch (values.type_id()) {
    case arrow::Type::BOOL:
      out += static_cast<const arrow::BooleanArray&>(values).Value(row) ? "true" : "false";
      return true;
    case arrow::Type::INT8:
      return digits(static_cast<const arrow::Int8Array*>(&values));
    case arrow::Type::INT16:
      return digits(static_cast<const arrow::Int16Array*>(&values));
    case arrow::Type::INT32:
      return digits(static_cast<const arrow::Int32Array*>(&values));
    case arrow::Type::INT64:
      return digits(static_cast<const arrow::Int64Array*>(&values));
    case arrow::Type::UINT8:
      return digits(static_cast<const arrow::UInt8Array*>(&values));
    case arrow::Type::UINT16:
      return digits(static_cast<const arrow::UInt16Array*>(&values));
    case arrow::Type::UINT32:
      return digits(static_cast<const arrow::UInt32Array*>(&values));
    case arrow::Type::UINT64:
      return digits(static_cast<const arrow::UInt64Array*>(&values));
    case arrow::Type::FLOAT:
      return digits(static_cast<const arrow::FloatArray*>(&values));
    case arrow::Type::DOUBLE:
      return digits(static_cast<const arrow::DoubleArray*>(&values));
    case arrow::Type::DURATION:
      return digits(static_cast<const arrow::DurationArray*>(&values));
    default:
      return false;
  }
}

bool is_finite(const arrow::Array& values, std::int64_t row) {
  if (values.type_id() == arrow::Type::FLOAT) {
    return std::isfinite(static_cast<const arrow::FloatArray&>(values).Value(row));
  }
  if (values.type_id() == arrow::Type::DOUBLE) {
    return std::isfinite(static_cast<const arrow::DoubleArray&>(values).Value(row));
  }
  return true;
}

void append_json_range(const arrow::Array& items, std::int64_t begin, std::int64_t end,
                       std::string& out) {
  out += '[';
  for (auto i = begin; i < end; ++i) {
    if (i > begin) out += ',';
    append_json(items, i, out);
  }
  out += ']';
}

void append_json_struct(const arrow::StructArray& values, std::int64_t row, std::string& out) {
  out += '{';
  for (int i = 0; i < values.num_fields(); ++i) {
    if (i > 0) out += ',';
    append_json_string(values.struct_type()->field(i)->name(), out);
    out += ':';
    append_json(*values.field(i), row, out);
  }
  out += '}';
}

/// A map as an object: its keys are written as text, whatever their type.
void append_json_map(const arrow::MapArray& values, std::int64_t row, std::string& out) {
  out += '{';
  for (auto i = values.value_offset(row); i < values.value_offset(row + 1); ++i) {
    if (i > values.value_offset(row)) out += ',';
    std::string key;
    append_text(*values.keys(), i, key);
    append_json_string(key, out);
    out += ':';
    append_json(*values.items(), i, out);
  }
  out += '}';
}

/// Appends lists, structs and maps; false for any other type.
bool append_json_nested(const arrow::Array& values, std::int64_t row, std::string& out) {
  switch (values.type_id()) {
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(values);
      append_json_range(*list.values(), list.value_offset(row), list.value_offset(row + 1), out);
      return true;
    }
    case arrow::Type::LARGE_LIST: {
      const auto& list = static_cast<const arrow::LargeListArray&>(values);
      append_json_range(*list.values(), list.value_offset(row), list.value_offset(row + 1), out);
      return true;
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(values);
      append_json_range(*list.values(), list.value_offset(row), list.value_offset(row + 1), out);
      return true;
    }
    case arrow::Type::STRUCT:
      append_json_struct(static_cast<const arrow::StructArray&>(values), row, out);
      return true;
    case arrow::Type::MAP:
      append_json_map(static_cast<const arrow::MapArray&>(values), row, out);
      return true;
    default:
      return false;
  }
}

/// Property sets as JSON; nullopt for bytes that are none.
std::optional<std::string> properties_of(const arrow::Array& values, std::string_view bytes) {
  return is_text(values.type_id()) ? std::nullopt : property_set_json(bytes);
}

/// Types that we have no words of our own for.
std::string arrow_text(const arrow::Array& values, std::int64_t row) {
  const auto scalar = values.GetScalar(row);
  return scalar.ok() ? (*scalar)->ToString() : scalar.status().ToString();
}

}  // namespace

bool is_number(const arrow::DataType& type) {
  return arrow::is_numeric(type.id()) || arrow::is_decimal(type.id()) ||
         type.id() == arrow::Type::DURATION;
}

void append_text(const arrow::Array& values, std::int64_t row, std::string& out) {
  if (values.type_id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(values);
    return append_text(*dictionary.dictionary(), dictionary.GetValueIndex(row), out);
  }
  if (append_plain(values, row, out)) return;
  if (const auto bytes = bytes_of(values, row)) {
    if (is_text(values.type_id())) {
      out += *bytes;
    } else if (const auto properties = properties_of(values, *bytes)) {
      out += *properties;
    } else {
      out += "\\x";
      append_hex(*bytes, out);
    }
    return;
  }
  if (values.type_id() == arrow::Type::TIMESTAMP &&
      append_timestamp(static_cast<const arrow::TimestampArray&>(values), row, out)) {
    return;
  }
  if (append_json_nested(values, row, out)) return;
  out += arrow_text(values, row);
}

void append_json(const arrow::Array& values, std::int64_t row, std::string& out) {
  if (values.IsNull(row) || !is_finite(values, row)) {
    out += "null";
    return;
  }
  if (values.type_id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(values);
    return append_json(*dictionary.dictionary(), dictionary.GetValueIndex(row), out);
  }
  if (append_plain(values, row, out)) return;
  if (append_json_nested(values, row, out)) return;
  if (const auto bytes = bytes_of(values, row)) {
    if (const auto properties = properties_of(values, *bytes)) {
      out += *properties;
      return;
    }
  }
  std::string text;
  append_text(values, row, text);
  if (arrow::is_decimal(values.type_id())) {
    out += text;
  } else {
    append_json_string(text, out);
  }
}

}  // namespace micromegas::cli
