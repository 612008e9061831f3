#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace micromegas::transit {

struct ObjectLayout;

/// One member of an object, resolved: reading its value takes no search. Found once per type by
/// `StreamPlan` and lives as long as it, so that `const Member*` is the handle of an accessor.
struct Member {
  enum class Source : std::uint8_t {
    kU8,
    kU32,
    kU64,
    kI64,
    kF64,        ///< A number, `at` bytes into the record's body.
    kReference,  ///< The `at`-th reference of the record, to a dependency.
    kNested,     ///< An object within the body, described by `nested`.
    kField,      ///< The `at`-th field of a dynamic event.
  };

  std::string_view name;
  Source source = Source::kU8;
  std::uint32_t at = 0;
  const ObjectLayout* nested = nullptr;
  const ObjectLayout* owner = nullptr;  ///< The layout it is a member of.
};

/// Which members an object has and where, in the order of its type's description. All positions
/// count from the body of the record that the object is, or lies in.
struct ObjectLayout {
  std::string_view type_name;
  std::uint32_t type_index = 0;  ///< In the table that the type belongs to.
  std::vector<Member> members;

  /// The first member of that name; null when there is none.
  const Member* find(std::string_view name) const noexcept {
    for (const Member& member : members) {
      if (member.name == name) return &member;
    }
    return nullptr;
  }
};

}  // namespace micromegas::transit
