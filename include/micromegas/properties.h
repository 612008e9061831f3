#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace micromegas {

/// A name and its value. Texts both: of a number, `std::to_string(rows)`.
struct Property {
  std::string_view name;
  std::string_view value;
};

/// Properties of an event, or of all that happens inside a span: `{{"user", id}, {"tenant", "7"}}`.
///
/// A value of four bytes, cheap to copy and to hand down: a number under which the texts are kept
/// once for all events that bear them. Making one costs a look into a table, so make one before the
/// loop rather than in it. No lock, no allocation; any thread.
///
/// What is kept is bounded. A set holds at most `kMaxProperties` properties and `kMaxBytes` bytes;
/// what goes beyond is left out. Some 30,000 sets are kept: when there are more, those go that have
/// not been used for longest, and events that still name one of them lose their properties. All of
/// that is counted (`micromegas.properties_refused`, `micromegas.properties_lost`).
class PropertySet {
 public:
  static constexpr std::size_t kMaxProperties = 32;
  /// Of all names and values together; each property takes 4 bytes more.
  static constexpr std::size_t kMaxBytes = 2000;

  /// The empty set.
  constexpr PropertySet() noexcept = default;

  /// Of several properties of one name the last one counts. Bytes that are no UTF-8 become U+FFFD.
  PropertySet(std::initializer_list<Property> properties) noexcept
      : PropertySet(std::span<const Property>(properties.begin(), properties.size())) {}
  explicit PropertySet(std::span<const Property> properties) noexcept;

  /// This set and `own`, which wins where both have a name.
  PropertySet with(PropertySet own) const noexcept;

  bool empty() const noexcept { return id_ == 0; }

  /// What stands for it in a record or a `SpanContext`; 0: the empty set.
  std::uint32_t id() const noexcept { return id_; }
  static constexpr PropertySet from_id(std::uint32_t id) noexcept {
    PropertySet set;
    set.id_ = id;
    return set;
  }

 private:
  std::uint32_t id_ = 0;
};

}  // namespace micromegas
