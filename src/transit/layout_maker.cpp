#include "transit/layout_maker.h"

#include <algorithm>
#include <string_view>

namespace micromegas::transit {
namespace {

/// Deeper nesting than any real type, and a bound for the recursion below.
constexpr int kMaxNesting = 16;

/// More members than any real type, in units of `count_work`.
constexpr std::uint64_t kMaxWork = 8192;

struct BasicType {
  std::string_view name;
  std::string_view other_name;
  std::uint32_t size;
  Member::Source source;
};

// There is no i8, i16, u16, i32, f32 or bool: producers widen them.
constexpr BasicType kBasicTypes[] = {
    {"u8", "uint8", 1, Member::Source::kU8},    {"u32", "uint32", 4, Member::Source::kU32},
    {"u64", "uint64", 8, Member::Source::kU64}, {"i64", "int64", 8, Member::Source::kI64},
    {"f64", "f64", 8, Member::Source::kF64},
};

const BasicType* find_basic_type(std::string_view name) noexcept {
  for (const BasicType& type : kBasicTypes) {
    if (name == type.name || name == type.other_name) return &type;
  }
  return nullptr;
}

}  // namespace

bool LayoutMaker::make(std::size_t type_index) {
  // Members may overlap, but not so much that a small record is a lot of work: a hostile type could
  // else multiply the bytes of its block by thousands.
  work_left_ = std::min(std::uint64_t{planner_.table_[type_index].size} * 2 + 32, kMaxWork);
  plan_.layout = make_object(type_index, 0, 0);
  return plan_.layout != nullptr;
}

/// The object of type `type_index` that begins `base` bytes into the record's body. Null: faulty.
const ObjectLayout* LayoutMaker::make_object(std::size_t type_index, std::uint64_t base,
                                             int nesting) {
  const TypeDescription& type = planner_.table_[type_index];
  if (nesting > kMaxNesting || !count_work(1)) return fail_complex(type);
  ObjectLayout& layout = planner_.add_layout(type_index);
  layout.members.reserve(std::min<std::uint64_t>(type.members.size(), work_left_));
  for (const MemberDescription& description : type.members) {
    if (!count_work(1)) return fail_complex(type);
    Member member;
    member.name = description.name;
    member.owner = &layout;
    if (!place(description, type, base, nesting, member)) return nullptr;
    layout.members.push_back(member);
  }
  return &layout;
}

bool LayoutMaker::place(const MemberDescription& description, const TypeDescription& type,
                        std::uint64_t base, int nesting, Member& member) {
  if (std::uint64_t{description.offset} + description.size > type.size) {
    return fail(DecodeFault::kMemberOutside, type, description);
  }
  member.at = static_cast<std::uint32_t>(base + description.offset);

  if (description.is_reference) {
    if (description.size < 8) return fail(DecodeFault::kMemberSize, type, description);
    if (!count_work(8)) return fail_complex(type) != nullptr;
    member.source = Member::Source::kReference;
    plan_.references.push_back(member.at);
    plan_.reference_names.push_back(description.name);
    member.at = static_cast<std::uint32_t>(plan_.references.size() - 1);
    return true;
  }
  if (const BasicType* basic = find_basic_type(description.type_name)) {
    if (description.size != basic->size) return fail(DecodeFault::kMemberSize, type, description);
    if (!count_work(basic->size)) return fail_complex(type) != nullptr;
    member.source = basic->source;
    return true;
  }
  return place_nested(description, type, base, nesting, member);
}

bool LayoutMaker::place_nested(const MemberDescription& description, const TypeDescription& type,
                               std::uint64_t base, int nesting, Member& member) {
  const auto found = planner_.first_by_name_.find(description.type_name);
  if (found == planner_.first_by_name_.end()) {
    return fail(DecodeFault::kMemberType, type, description);
  }
  const TypeDescription& nested_type = planner_.table_[found->second];
  // What counts is the size of the nested type, not what the member says of it.
  if (std::uint64_t{description.offset} + nested_type.size > type.size) {
    return fail(DecodeFault::kMemberOutside, type, description);
  }
  const ObjectLayout* nested = make_object(found->second, base + description.offset, nesting + 1);
  if (nested == nullptr) return false;
  if (!nested_type.is_reference) {
    member.source = Member::Source::kNested;
    member.nested = nested;
    return true;
  }
  const Member* id = nested->find("id");
  if (id == nullptr) return fail(DecodeFault::kReferenceType, type, description);
  member.source = id->source;
  member.at = id->at;
  member.nested = id->nested;
  return true;
}

bool LayoutMaker::count_work(std::uint64_t amount) noexcept {
  if (amount > work_left_) return false;
  work_left_ -= amount;
  return true;
}

bool LayoutMaker::fail(DecodeFault what, const TypeDescription& type,
                       const MemberDescription& member) {
  plan_.fault = {what, shortened(type.name) + '.' + shortened(member.name) + " of type " +
                           shortened(member.type_name)};
  return false;
}

const ObjectLayout* LayoutMaker::fail_complex(const TypeDescription& type) {
  plan_.fault = {DecodeFault::kTypeTooComplex, shortened(type.name)};
  return nullptr;
}

}  // namespace micromegas::transit
