#include "query/wire_types.h"

#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/builder_dict.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>

#include "base/error.h"
#include "query/status.h"

namespace micromegas::query {
namespace {

constexpr char kUtc[] = "+00:00";

std::int64_t ns_per_unit(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1'000'000'000;
    case arrow::TimeUnit::MILLI:
      return 1'000'000;
    case arrow::TimeUnit::MICRO:
      return 1'000;
    case arrow::TimeUnit::NANO:
      break;
  }
  return 1;
}

/// Applies `convert` to the 128-bit values of a decimal column.
template <class Builder, class Convert>
std::shared_ptr<arrow::Array> from_decimal(const arrow::Array& column, Convert convert) {
  const auto* decimals = dynamic_cast<const arrow::Decimal128Array*>(&column);
  if (decimals == nullptr) {
    throw Error(ErrorKind::kUnimplemented,
                "no way to send " + column.type()->ToString() + ": cast it to DOUBLE");
  }
  Builder builder;
  check(builder.Reserve(column.length()));
  for (std::int64_t i = 0; i < column.length(); ++i) {
    if (column.IsNull(i)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(convert(arrow::Decimal128(decimals->GetValue(i))));
    }
  }
  return check(builder.Finish());
}

std::shared_ptr<arrow::Array> decimal_to_wire(const arrow::Array& column) {
  const auto scale = static_cast<const arrow::DecimalType&>(*column.type()).scale();
  if (scale > 0) {
    return from_decimal<arrow::DoubleBuilder>(
        column, [scale](const arrow::Decimal128& value) { return value.ToDouble(scale); });
  }
  return from_decimal<arrow::Int64Builder>(column, [](const arrow::Decimal128& value) {
    const auto low = static_cast<std::int64_t>(value.low_bits());
    if (value.high_bits() != (low < 0 ? -1 : 0)) {
      throw invalid_argument("a whole number (" + value.ToIntegerString() +
                             ") is beyond 64 bits: cast it to DOUBLE");
    }
    return low;
  });
}

std::shared_ptr<arrow::Array> timestamps_to_wire(const arrow::Array& column,
                                                 const std::shared_ptr<arrow::DataType>& type) {
  const auto unit = static_cast<const arrow::TimestampType&>(*column.type()).unit();
  const std::int64_t factor = ns_per_unit(unit);
  const auto& times = static_cast<const arrow::TimestampArray&>(column);
  if (factor == 1) return check(column.View(type));  // Only the name of the zone differs.

  arrow::TimestampBuilder builder(type, arrow::default_memory_pool());
  check(builder.Reserve(column.length()));
  for (std::int64_t i = 0; i < column.length(); ++i) {
    if (column.IsNull(i)) {
      builder.UnsafeAppendNull();
      continue;
    }
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(times.Value(i), factor, &ns)) {
      throw invalid_argument(
          "a timestamp of the result has no nanoseconds: it must lie between 1677 and 2262");
    }
    builder.UnsafeAppend(ns);
  }
  return check(builder.Finish());
}

std::shared_ptr<arrow::Array> decoded(const arrow::DictionaryArray& column) {
  // Rare (a cast to ENUM), so value by value.
  std::unique_ptr<arrow::ArrayBuilder> builder;
  check(arrow::MakeBuilder(arrow::default_memory_pool(), column.dictionary()->type(), &builder));
  for (std::int64_t i = 0; i < column.length(); ++i) {
    if (column.IsNull(i)) {
      check(builder->AppendNull());
    } else {
      check(builder->AppendScalar(*check(column.dictionary()->GetScalar(column.GetValueIndex(i)))));
    }
  }
  return check(builder->Finish());
}

std::shared_ptr<arrow::Array> children_to_wire(const arrow::Array& column,
                                               const std::shared_ptr<arrow::DataType>& type) {
  auto data = column.data()->Copy();
  for (std::size_t i = 0; i < data->child_data.size(); ++i) {
    const auto child = arrow::MakeArray(data->child_data[i]);
    data->child_data[i] = to_wire(child, type->field(static_cast<int>(i))->type())->data();
  }
  data->type = type;
  return arrow::MakeArray(data);
}

std::shared_ptr<arrow::Field> with_type(const arrow::Field& field) {
  return field.WithType(wire_type(field.type()));
}

}  // namespace

std::shared_ptr<arrow::DataType> wire_type(const std::shared_ptr<arrow::DataType>& type) {
  if (arrow::is_decimal(type->id())) {
    return static_cast<const arrow::DecimalType&>(*type).scale() > 0 ? arrow::float64()
                                                                     : arrow::int64();
  }
  switch (type->id()) {
    case arrow::Type::TIMESTAMP: {
      const bool zoned = !static_cast<const arrow::TimestampType&>(*type).timezone().empty();
      return zoned ? arrow::timestamp(arrow::TimeUnit::NANO, kUtc)
                   : arrow::timestamp(arrow::TimeUnit::NANO);
    }
    case arrow::Type::DICTIONARY:
      return wire_type(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::LIST:
      return arrow::list(with_type(*type->field(0))->WithName("item"));
    case arrow::Type::STRUCT: {
      std::vector<std::shared_ptr<arrow::Field>> fields;
      for (const auto& field : type->fields()) fields.push_back(with_type(*field));
      return arrow::struct_(fields);
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return arrow::map(wire_type(map.key_type()), wire_type(map.item_type()));
    }
    default:
      return type;
  }
}

std::shared_ptr<arrow::Field> wire_field(const arrow::Field& field) {
  std::string name = field.name();
  if (name == "count_star()") name = "count(*)";
  auto type = wire_type(field.type());
  // The name that the original gives the elements of its one kind of list column.
  if (type->id() == arrow::Type::LIST && name.ends_with("tags")) {
    type = arrow::list(type->field(0)->WithName("tag"));
  }
  return arrow::field(std::move(name), std::move(type));
}

std::shared_ptr<arrow::Array> to_wire(const std::shared_ptr<arrow::Array>& column,
                                      const std::shared_ptr<arrow::DataType>& type) {
  if (column->type()->Equals(*type, /*check_metadata=*/true)) return column;
  if (arrow::is_decimal(column->type_id())) return decimal_to_wire(*column);
  switch (column->type_id()) {
    case arrow::Type::TIMESTAMP:
      return timestamps_to_wire(*column, type);
    case arrow::Type::DICTIONARY:
      return to_wire(decoded(static_cast<const arrow::DictionaryArray&>(*column)), type);
    case arrow::Type::LIST:
    case arrow::Type::STRUCT:
      return children_to_wire(*column, type);
    case arrow::Type::MAP: {
      auto data = column->data()->Copy();
      const auto entries = arrow::MakeArray(data->child_data[0]);
      data->child_data[0] = to_wire(entries, type->field(0)->type())->data();
      data->type = type;
      return arrow::MakeArray(data);
    }
    default:
      return column;
  }
}

std::shared_ptr<arrow::DataType> dictionary_type() {
  return arrow::dictionary(arrow::int32(), arrow::utf8());
}

std::shared_ptr<arrow::Array> dictionary_encoded(const arrow::Array& strings) {
  arrow::StringDictionary32Builder builder;
  check(builder.AppendArray(strings));
  std::shared_ptr<arrow::Array> encoded;
  check(builder.Finish(&encoded));
  return encoded;
}

}  // namespace micromegas::query
