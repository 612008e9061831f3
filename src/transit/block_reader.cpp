#include "transit/block_reader.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "transit/body_reader.h"

namespace micromegas::transit {
namespace {

using Reader = RecordPlan::Reader;

FieldValue number_field(FieldValue::Kind kind, std::uint64_t bits) {
  FieldValue field;
  field.kind = kind;
  field.bits = bits;
  return field;
}

FieldValue bytes_field(FieldValue::Kind kind, ByteView bytes) {
  FieldValue field;
  field.kind = kind;
  field.data = bytes.data();
  field.size = static_cast<std::uint32_t>(bytes.size());
  return field;
}

FieldValue reference_field(std::uint32_t ordinal) {
  FieldValue field;
  field.kind = FieldValue::Kind::kReference;
  field.size = ordinal;
  return field;
}

template <class Number>
std::uint64_t load_bits(const std::byte* at) noexcept {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

}  // namespace

void BlockReader::open(const StreamPlan& plan, ByteView dependencies, ByteView objects) {
  plan_ = nullptr;
  event_.reset();
  texts_.clear();
  nb_visited_ = 0;
  cursor_ = {};
  dependencies_.parse(plan, dependencies);

  std::size_t slots = 0;
  std::size_t fields = 0;
  for (const RecordPlan& type : plan.objects()) {
    slots = std::max(slots, type.references.size());
    if (type.nested) slots = std::max(slots, type.nested->references.size());
    fields = std::max(fields, type.fields.size());
  }
  slots_.resize(slots);
  fields_.resize(fields);
  cursor_ = RecordCursor(plan.objects(), objects, BlockBuffer::kObjects);
}

bool BlockReader::next() {
  RecordCursor::Record record;
  if (!cursor_.next(record)) return false;
  plan_ = record.plan;
  if (plan_->reader == Reader::kFixed) {
    resolve_references(*plan_, record.body, record.offset);
  } else if (plan_->reader == Reader::kDynamicEvent) {
    read_fields(record);
  }
  event_.emplace(ObjectView{&dependencies_, plan_->layout, record.body, slots_.data(),
                            fields_.data(), BlockBuffer::kObjects, record.offset});
  ++nb_visited_;
  return true;
}

Value BlockReader::value() const {
  return plan_->stands_for == nullptr ? Value(*event_) : event_->value(*plan_->stands_for);
}

void BlockReader::resolve_references(const RecordPlan& plan, const std::byte* body,
                                     std::uint32_t record) {
  for (std::size_t i = 0; i < plan.references.size(); ++i) {
    const auto id = load_bits<std::uint64_t>(body + plan.references[i]);
    slots_[i] = dependencies_.find(id);
    if (slots_[i] == DependencyTable::kAbsent) fail_unresolved(plan.reference_names[i], id, record);
  }
}

void BlockReader::read_fields(const RecordCursor::Record& record) {
  BodyReader body(record.body, record.body + record.size, BlockBuffer::kObjects, record.offset);
  for (const DynamicField& description : plan_->fields) {
    FieldValue& field = fields_[description.field];
    switch (description.kind) {
      case DynamicField::Kind::kU8:
        field = number_field(FieldValue::Kind::kU8, body.number<std::uint8_t>());
        break;
      case DynamicField::Kind::kU32:
        field = number_field(FieldValue::Kind::kU32, body.number<std::uint32_t>());
        break;
      case DynamicField::Kind::kI64:
        field = number_field(FieldValue::Kind::kI64, body.number<std::uint64_t>());
        break;
      case DynamicField::Kind::kReference: {
        const auto id = body.number<std::uint64_t>();
        const std::uint32_t ordinal = dependencies_.find(id);
        if (ordinal == DependencyTable::kAbsent) {
          fail_unresolved(plan_->layout->members[description.field].name, id, record.offset);
        }
        field = reference_field(ordinal);
        break;
      }
      case DynamicField::Kind::kNested: {
        const std::byte* nested = body.take(plan_->nested->size);
        resolve_references(*plan_->nested, nested, record.offset);
        field = nested_value(*plan_->nested, nested);
        break;
      }
      case DynamicField::Kind::kCodedText:
        field = bytes_field(FieldValue::Kind::kText, as_bytes(body.coded_text(texts_)));
        break;
      case DynamicField::Kind::kTextToEnd:
        field = bytes_field(FieldValue::Kind::kText, as_bytes(body.text_to_end()));
        break;
      case DynamicField::Kind::kCountedBytes: {
        const auto size = body.number<std::uint32_t>();
        field = bytes_field(FieldValue::Kind::kBytes, {body.take(size), size});
        break;
      }
    }
  }
}

FieldValue BlockReader::nested_value(const RecordPlan& plan, const std::byte* body) const {
  FieldValue object;
  object.kind = FieldValue::Kind::kNested;
  object.data = body;
  if (plan.stands_for == nullptr) return object;
  const Member& member = *plan.stands_for;
  switch (member.source) {
    case Member::Source::kU8:
      return number_field(FieldValue::Kind::kU8, load_bits<std::uint8_t>(body + member.at));
    case Member::Source::kU32:
      return number_field(FieldValue::Kind::kU32, load_bits<std::uint32_t>(body + member.at));
    case Member::Source::kU64:
      return number_field(FieldValue::Kind::kU64, load_bits<std::uint64_t>(body + member.at));
    case Member::Source::kI64:
      return number_field(FieldValue::Kind::kI64, load_bits<std::uint64_t>(body + member.at));
    case Member::Source::kF64:
      return number_field(FieldValue::Kind::kF64, load_bits<std::uint64_t>(body + member.at));
    case Member::Source::kReference:
      return reference_field(slots_[member.at]);
    default:
      return object;  // The member is an object itself, at a place of the same body.
  }
}

void BlockReader::fail_unresolved(std::string_view member, std::uint64_t id,
                                  std::uint32_t record) const {
  throw DecodeError(DecodeFault::kUnresolvedReference, BlockBuffer::kObjects, record,
                    shortened(plan_->layout->type_name) + '.' + shortened(member) + " refers to " +
                        std::to_string(id));
}

}  // namespace micromegas::transit
