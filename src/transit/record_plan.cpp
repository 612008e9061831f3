#include "transit/record_plan.h"

#include "transit/dynamic_events.h"
#include "transit/layout_maker.h"

namespace micromegas::transit {

using Reader = RecordPlan::Reader;

std::string shortened(std::string_view name) {
  constexpr std::size_t kMaxShown = 80;
  std::string text{name.substr(0, kMaxShown)};
  if (name.size() > kMaxShown) text += "...";
  return text;
}

RecordPlanner::RecordPlanner(const TypeTable& table, Layouts& layouts)
    : table_(table), layouts_(layouts) {
  for (std::size_t i = 0; i < table.size(); ++i) first_by_name_.try_emplace(table[i].name, i);
}

ObjectLayout& RecordPlanner::add_layout(std::size_t type_index) {
  layouts_.push_back(std::make_unique<ObjectLayout>());
  layouts_.back()->type_name = table_[type_index].name;
  layouts_.back()->type_index = static_cast<std::uint32_t>(type_index);
  return *layouts_.back();
}

RecordPlan RecordPlanner::plan_fixed(std::size_t type_index) {
  const TypeDescription& type = table_[type_index];
  RecordPlan plan;
  plan.size = type.size;
  LayoutMaker maker(*this, plan);
  if (!maker.make(type_index)) {
    plan.layout = &add_layout(type_index);
    return plan;
  }
  if (type.is_reference) {
    plan.stands_for = plan.layout->find("id");
    if (plan.stands_for == nullptr) {
      plan.fault = {DecodeFault::kReferenceType, shortened(type.name)};
      return plan;
    }
  }
  plan.reader = Reader::kFixed;
  return plan;
}

RecordPlan RecordPlanner::plan_fixed(std::string_view type_name) {
  const auto found = first_by_name_.find(type_name);
  if (found != first_by_name_.end()) return plan_fixed(found->second);
  RecordPlan plan;
  plan.fault = {DecodeFault::kTypeMissing, std::string{type_name}};
  return plan;
}

RecordPlan RecordPlanner::plan_event(std::size_t type_index) {
  return table_[type_index].size == 0 ? plan_dynamic_event(type_index) : plan_fixed(type_index);
}

RecordPlan RecordPlanner::plan_dynamic_event(std::size_t type_index) {
  RecordPlan plan;
  ObjectLayout& layout = add_layout(type_index);
  plan.layout = &layout;
  const DynamicEvent* event = find_dynamic_event(layout.type_name);
  if (event == nullptr) {
    plan.reader = Reader::kOpaque;
    return plan;
  }
  for (const std::string_view name : event->members) {
    Member member;
    member.name = name;
    member.source = Member::Source::kField;
    member.at = static_cast<std::uint32_t>(layout.members.size());
    member.owner = &layout;
    layout.members.push_back(member);
  }
  for (const DynamicEvent::Field& field : event->body) {
    Member& member =
        layout.members[static_cast<std::size_t>(layout.find(field.member) - layout.members.data())];
    plan.fields.push_back({field.kind, member.at});
    if (field.kind != DynamicField::Kind::kNested) continue;
    plan.nested = std::make_unique<RecordPlan>(plan_fixed(field.nested_type));
    if (plan.nested->fault) {
      plan.fault = plan.nested->fault;
      return plan;
    }
    const Member* value = plan.nested->stands_for;
    member.nested = value != nullptr ? value->nested : plan.nested->layout;
  }
  plan.reader = Reader::kDynamicEvent;
  return plan;
}

RecordPlan RecordPlanner::plan_dependency(std::size_t type_index) {
  const TypeDescription& type = table_[type_index];
  RecordPlan plan;
  plan.size = type.size;
  // The name decides before the size.
  if (type.name == "StaticString") {
    plan.reader = Reader::kStaticString;
  } else if (type.name == "StaticStringDependency") {
    plan.reader = Reader::kStaticStringDependency;
  } else if (type.name == "PropertySetDependency") {
    plan_property(plan);
  } else if (type.size == 0) {
    plan.fault = {DecodeFault::kDependencyType, shortened(type.name) + " is dynamic and unknown"};
  } else {
    plan_object_dependency(type_index, plan);
  }
  return plan;
}

void RecordPlanner::plan_property(RecordPlan& set) {
  set.nested = std::make_unique<RecordPlan>(plan_fixed("Property"));
  if (set.nested->fault) {
    set.fault = set.nested->fault;
    return;
  }
  for (const char* name : {"name", "value"}) {
    const Member* member = set.nested->layout->find(name);
    if (member == nullptr || member->source != Member::Source::kReference) {
      set.fault = {DecodeFault::kPropertyNotText, std::string{"Property."} + name};
      return;
    }
  }
  set.reader = Reader::kPropertySet;
}

void RecordPlanner::plan_object_dependency(std::size_t type_index, RecordPlan& plan) {
  plan = plan_fixed(type_index);
  if (plan.fault) return;
  // A type marked as reference stands for its `id`: an object only if that is a nested one.
  const ObjectLayout* object = plan.stands_for == nullptr ? plan.layout : plan.stands_for->nested;
  plan.id = object == nullptr ? nullptr : object->find("id");
  if (plan.id == nullptr ||
      (plan.id->source != Member::Source::kU64 && plan.id->source != Member::Source::kI64)) {
    plan.reader = Reader::kFaulty;
    plan.fault = {DecodeFault::kDependencyType,
                  shortened(table_[type_index].name) + " has no 64-bit id"};
    return;
  }
  plan.layout = object;
}

}  // namespace micromegas::transit
