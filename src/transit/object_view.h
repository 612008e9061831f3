#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/byte_view.h"
#include "transit/decode_error.h"
#include "transit/dependency_table.h"
#include "transit/object_layout.h"

namespace micromegas::transit {

class Value;

/// A field of a dynamic event, read.
struct FieldValue {
  enum class Kind : std::uint8_t {
    kU8,
    kU32,
    kU64,
    kI64,
    kF64,
    kText,
    kBytes,
    kReference,
    kNested
  };

  Kind kind = Kind::kU8;
  std::uint32_t size = 0;           ///< kText, kBytes; kReference: the dependency's ordinal.
  std::uint64_t bits = 0;           ///< The numbers.
  const std::byte* data = nullptr;  ///< kText, kBytes; kNested: the body.
};

/// An object of a block: an event, a dependency, or one nested in either. Reads in place.
///
/// A member is read by its handle (`StreamPlan::find_member`, `find`): a few loads. The kinds bend
/// as the format allows: `u32` reads u8 too; `u64` and `i64` read each other's bits. Any other
/// mismatch is a DecodeError that names the member.
///
/// Cheap to copy. An event is valid until its reader's next `next()`; a dependency, and every text,
/// until the reader's next `open()`, and as long as the buffers.
class ObjectView {
 public:
  std::string_view type_name() const noexcept { return layout_->type_name; }
  std::uint32_t type_index() const noexcept { return layout_->type_index; }

  /// In the order of the type's description.
  std::span<const Member> members() const noexcept { return layout_->members; }
  const Member* find(std::string_view name) const noexcept { return layout_->find(name); }
  /// As `find`, for a member that the caller cannot do without: raises kMissingMember.
  const Member& get(std::string_view name) const {
    const Member* member = find(name);
    if (member == nullptr) fail(DecodeFault::kMissingMember, name);
    return *member;
  }

  // REQUIRES: the member belongs to this object's layout.

  std::uint32_t u32(const Member& member) const {
    assert(member.owner == layout_);
    if (member.source == Member::Source::kU32) return load<std::uint32_t>(member.at);
    return u32_otherwise(member);
  }
  std::uint64_t u64(const Member& member) const {
    assert(member.owner == layout_);
    if (member.source == Member::Source::kU64 || member.source == Member::Source::kI64) {
      return load<std::uint64_t>(member.at);
    }
    return u64_otherwise(member);
  }
  std::int64_t i64(const Member& member) const { return static_cast<std::int64_t>(u64(member)); }
  double f64(const Member& member) const;
  std::string_view text(const Member& member) const;
  ByteView bytes(const Member& member) const;
  ObjectView object(const Member& member) const;

  /// What the member refers to: a dependency of the block, of whatever kind. Its ordinal serves as
  /// the key of what a caller works out once per dependency and block.
  DependencyView dependency(const Member& member) const {
    assert(member.owner == layout_);
    if (member.source == Member::Source::kReference) return {*dependencies_, slots_[member.at]};
    return dependency_otherwise(member);
  }

  /// Whatever it is.
  Value value(const Member& member) const;

  /// Where the record begins that this object is, or lies in.
  BlockBuffer buffer() const noexcept { return buffer_; }
  std::size_t offset() const noexcept { return offset_; }

  /// Raises a DecodeError that points at this record; `detail` follows the name of its type.
  [[noreturn]] void fail(DecodeFault fault, std::string_view detail) const;

 private:
  friend class BlockReader;
  friend class DependencyView;

  ObjectView(const DependencyTable* dependencies, const ObjectLayout* layout, const std::byte* body,
             const std::uint32_t* slots, const FieldValue* fields, BlockBuffer buffer,
             std::uint32_t offset) noexcept
      : dependencies_(dependencies),
        layout_(layout),
        body_(body),
        slots_(slots),
        fields_(fields),
        offset_(offset),
        buffer_(buffer) {}

  template <class Number>
  Number load(std::uint32_t at) const noexcept {
    Number number;
    std::memcpy(&number, body_ + at, sizeof number);
    return number;
  }

  Value field_value(const Member& member) const;
  ObjectView nested(const Member& member, const std::byte* body) const;
  std::uint32_t u32_otherwise(const Member& member) const;
  std::uint64_t u64_otherwise(const Member& member) const;
  DependencyView dependency_otherwise(const Member& member) const;
  [[noreturn]] void fail_kind(const Member& member, const char* wanted) const;

  const DependencyTable* dependencies_;
  const ObjectLayout* layout_;
  const std::byte* body_;
  const std::uint32_t* slots_;  ///< The ordinals that the record's references resolved to.
  const FieldValue* fields_;    ///< Of a dynamic event.
  std::uint32_t offset_;
  BlockBuffer buffer_;
};

}  // namespace micromegas::transit
