#include "transit/object_view.h"

#include <string>

#include "transit/record_plan.h"
#include "transit/value.h"

namespace micromegas::transit {

using Source = Member::Source;

void ObjectView::fail(DecodeFault fault, std::string_view detail) const {
  throw DecodeError(fault, buffer_, offset_, shortened(type_name()) + '.' + shortened(detail));
}

void ObjectView::fail_kind(const Member& member, const char* wanted) const {
  fail(DecodeFault::kMemberKind, shortened(member.name) + " is not " + wanted);
}

Value ObjectView::value(const Member& member) const {
  assert(member.owner == layout_);
  switch (member.source) {
    case Source::kU8:
      return Value(load<std::uint8_t>(member.at));
    case Source::kU32:
      return Value(load<std::uint32_t>(member.at));
    case Source::kU64:
      return Value(load<std::uint64_t>(member.at));
    case Source::kI64:
      return Value(load<std::int64_t>(member.at));
    case Source::kF64:
      return Value(load<double>(member.at));
    case Source::kReference:
      return Value(DependencyView(*dependencies_, slots_[member.at]));
    case Source::kNested:
      return Value(nested(member, body_));
    case Source::kField:
      break;
  }
  return field_value(member);
}

Value ObjectView::field_value(const Member& member) const {
  const FieldValue& field = fields_[member.at];
  switch (field.kind) {
    case FieldValue::Kind::kU8:
      return Value(static_cast<std::uint8_t>(field.bits));
    case FieldValue::Kind::kU32:
      return Value(static_cast<std::uint32_t>(field.bits));
    case FieldValue::Kind::kU64:
      return Value(field.bits);
    case FieldValue::Kind::kI64:
      return Value(static_cast<std::int64_t>(field.bits));
    case FieldValue::Kind::kF64: {
      double number;
      std::memcpy(&number, &field.bits, sizeof number);
      return Value(number);
    }
    case FieldValue::Kind::kText:
      return Value(as_text({field.data, field.size}));
    case FieldValue::Kind::kBytes:
      return Value(ByteView{field.data, field.size});
    case FieldValue::Kind::kReference:
      return Value(DependencyView(*dependencies_, field.size));
    case FieldValue::Kind::kNested:
      break;
  }
  return Value(nested(member, field.data));
}

ObjectView ObjectView::nested(const Member& member, const std::byte* body) const {
  return {dependencies_, member.nested, body, slots_, nullptr, buffer_, offset_};
}

std::uint32_t ObjectView::u32_otherwise(const Member& member) const {
  const auto number = value(member).u32();
  if (!number) fail_kind(member, "a number of 32 bits or fewer");
  return *number;
}

std::uint64_t ObjectView::u64_otherwise(const Member& member) const {
  const auto number = value(member).u64();
  if (!number) fail_kind(member, "a number of 64 bits");
  return *number;
}

double ObjectView::f64(const Member& member) const {
  const auto number = value(member).f64();
  if (!number) fail_kind(member, "a floating-point number");
  return *number;
}

std::string_view ObjectView::text(const Member& member) const {
  const auto text = value(member).text();
  if (!text) fail_kind(member, "text");
  return *text;
}

ByteView ObjectView::bytes(const Member& member) const {
  const auto bytes = value(member).bytes();
  if (!bytes) fail_kind(member, "bytes");
  return *bytes;
}

ObjectView ObjectView::object(const Member& member) const {
  const auto object = value(member).object();
  if (!object) fail_kind(member, "an object");
  return *object;
}

DependencyView ObjectView::dependency_otherwise(const Member& member) const {
  const auto dependency = value(member).dependency();
  if (!dependency) fail_kind(member, "a reference");
  return *dependency;
}

}  // namespace micromegas::transit
