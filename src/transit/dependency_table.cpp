#include "transit/dependency_table.h"

#include <cstring>
#include <string>

#include "transit/body_reader.h"
#include "transit/object_view.h"
#include "transit/record_cursor.h"

namespace micromegas::transit {
namespace {

using Reader = RecordPlan::Reader;

[[noreturn]] void fail(DecodeFault fault, std::size_t record, std::string_view detail = {}) {
  throw DecodeError(fault, BlockBuffer::kDependencies, record, detail);
}

}  // namespace

DependencyView::Kind DependencyView::kind() const noexcept {
  return table_->entries_[ordinal_].kind;
}

std::string_view DependencyView::text() const noexcept {
  const auto& entry = table_->entries_[ordinal_];
  assert(entry.kind == Kind::kText);
  return {reinterpret_cast<const char*>(entry.data), entry.size};
}

ObjectView DependencyView::object() const noexcept {
  const auto& entry = table_->entries_[ordinal_];
  assert(entry.kind == Kind::kObject);
  return {table_,      entry.layout,
          entry.data,  table_->slots_.data() + entry.first_slot,
          nullptr,     BlockBuffer::kDependencies,
          entry.record};
}

std::uint32_t DependencyView::nb_properties() const noexcept {
  assert(kind() == Kind::kPropertySet);
  return table_->entries_[ordinal_].size;
}

std::pair<std::string_view, std::string_view> DependencyView::property(
    std::uint32_t index) const noexcept {
  assert(index < nb_properties());
  const std::uint32_t* slots =
      table_->slots_.data() + table_->entries_[ordinal_].first_slot + std::size_t{2} * index;
  return {DependencyView(*table_, slots[0]).text(), DependencyView(*table_, slots[1]).text()};
}

void DependencyTable::parse(const StreamPlan& plan, ByteView buffer) {
  buffer_ = buffer;
  entries_.clear();
  slots_.clear();
  ids_.clear();
  texts_.clear();
  overlap_left_ = buffer.size();

  RecordCursor cursor(plan.dependencies(), buffer, BlockBuffer::kDependencies);
  RecordCursor::Record record;
  while (cursor.next(record)) {
    switch (record.plan->reader) {
      case Reader::kStaticString:
        add_static_string(record);
        break;
      case Reader::kStaticStringDependency:
        add_static_string_dependency(record);
        break;
      case Reader::kPropertySet:
        add_property_set(record);
        break;
      default:
        add_object(record);
        break;
    }
  }
}

void DependencyTable::add(std::uint64_t id, const Entry& entry) {
  if (entries_.size() == kMaxDependencies) {
    fail(DecodeFault::kTooManyDependencies, entry.record,
         "at most " + std::to_string(kMaxDependencies));
  }
  if (!ids_.insert(id)) fail(DecodeFault::kDuplicateId, entry.record, std::to_string(id));
  entries_.push_back(entry);
}

void DependencyTable::add_static_string(const RecordCursor::Record& record) {
  BodyReader body(record.body, record.body + record.size, BlockBuffer::kDependencies,
                  record.offset);
  const auto id = body.number<std::uint64_t>();
  const std::string_view text = body.text_to_end();
  add(id, Entry::of_text(text, record.offset));
}

void DependencyTable::add_static_string_dependency(const RecordCursor::Record& record) {
  // Bounded by the buffer, not by the record: what is read may go on in the records that follow.
  BodyReader body(record.body, buffer_.data() + buffer_.size(), BlockBuffer::kDependencies,
                  record.offset);
  const auto id = body.number<std::uint64_t>();
  const std::string_view text = body.coded_text(texts_);
  count_overlap(body.at(), record);
  add(id, Entry::of_text(text, record.offset));
}

void DependencyTable::add_property_set(const RecordCursor::Record& record) {
  // Bounded as above.
  BodyReader body(record.body, buffer_.data() + buffer_.size(), BlockBuffer::kDependencies,
                  record.offset);
  const auto id = body.number<std::uint64_t>();
  const auto count = body.number<std::uint32_t>();
  const RecordPlan& property = *record.plan->nested;
  const Member& name = *property.layout->find("name");
  const Member& value = *property.layout->find("value");
  if (body.left() / property.size < count) fail(DecodeFault::kBodyCut, record.offset);

  // The texts of the set are kept, name and value by turns; the references of a property that lead
  // to anything else must resolve too, and are dropped.
  const auto first_slot = static_cast<std::uint32_t>(slots_.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t kept = slots_.size();
    resolve_references(property, body.take(property.size), record);
    const std::uint32_t name_ordinal = text_ordinal(slots_[kept + name.at], record);
    const std::uint32_t value_ordinal = text_ordinal(slots_[kept + value.at], record);
    slots_.resize(kept);
    slots_.push_back(name_ordinal);
    slots_.push_back(value_ordinal);
  }
  count_overlap(body.at(), record);
  add(id, {DependencyView::Kind::kPropertySet, count, first_slot, record.offset, nullptr, nullptr});
}

void DependencyTable::add_object(const RecordCursor::Record& record) {
  const RecordPlan& plan = *record.plan;
  const auto first_slot = static_cast<std::uint32_t>(slots_.size());
  resolve_references(plan, record.body, record);
  std::uint64_t id;
  std::memcpy(&id, record.body + plan.id->at, sizeof id);
  add(id, {DependencyView::Kind::kObject, 0, first_slot, record.offset, record.body, plan.layout});
}

void DependencyTable::resolve_references(const RecordPlan& plan, const std::byte* body,
                                         const RecordCursor::Record& record) {
  for (std::size_t i = 0; i < plan.references.size(); ++i) {
    std::uint64_t id;
    std::memcpy(&id, body + plan.references[i], sizeof id);
    const std::uint32_t ordinal = ids_.find(id);
    if (ordinal == kAbsent) {
      fail(DecodeFault::kUnresolvedReference, record.offset,
           shortened(plan.reference_names[i]) + " refers to " + std::to_string(id));
    }
    slots_.push_back(ordinal);
  }
}

std::uint32_t DependencyTable::text_ordinal(std::uint32_t ordinal,
                                            const RecordCursor::Record& record) const {
  if (entries_[ordinal].kind != DependencyView::Kind::kText) {
    fail(DecodeFault::kPropertyNotText, record.offset);
  }
  return ordinal;
}

void DependencyTable::count_overlap(const std::byte* end_of_contents,
                                    const RecordCursor::Record& record) {
  const std::byte* end_of_record = record.body + record.size;
  if (end_of_contents <= end_of_record) return;
  const auto overlap = static_cast<std::size_t>(end_of_contents - end_of_record);
  if (overlap > overlap_left_) fail(DecodeFault::kTooMuchOverlap, record.offset);
  overlap_left_ -= overlap;
}

}  // namespace micromegas::transit
