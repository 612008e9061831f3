#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/byte_view.h"
#include "transit/object_view.h"

namespace micromegas::transit {

/// The value of a member, whatever it is: for dumps, and for readers that take a member as it
/// comes.
///
/// A text or object that a reference led to is a DependencyView. Dependencies refer to earlier
/// ones, many of them to the same: who follows them all may see more than the block has bytes, so a
/// dump bounds itself.
class Value {
 public:
  using Variant = std::variant<std::uint8_t, std::uint32_t, std::uint64_t, std::int64_t, double,
                               std::string_view, ByteView, ObjectView, DependencyView>;

  template <class Alternative>
  explicit Value(const Alternative& value) noexcept
      : variant_(std::in_place_type<Alternative>, value) {}

  const Variant& variant() const noexcept { return variant_; }

  // Nothing, when it is of another kind; with the leniency of ObjectView.

  std::optional<std::uint32_t> u32() const noexcept;
  std::optional<std::uint64_t> u64() const noexcept;
  std::optional<double> f64() const noexcept;
  std::optional<std::string_view> text() const noexcept;
  std::optional<ByteView> bytes() const noexcept;
  std::optional<ObjectView> object() const noexcept;
  std::optional<DependencyView> property_set() const noexcept;
  /// Of any kind.
  std::optional<DependencyView> dependency() const noexcept;

 private:
  Variant variant_;
};

}  // namespace micromegas::transit
