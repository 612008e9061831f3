#include "transit/value.h"

namespace micromegas::transit {
namespace {

template <class Alternative>
std::optional<Alternative> only(const Value::Variant& variant) noexcept {
  if (const auto* value = std::get_if<Alternative>(&variant)) return *value;
  return std::nullopt;
}

std::optional<DependencyView> dependency_of_kind(const Value::Variant& variant,
                                                 DependencyView::Kind kind) noexcept {
  const auto* dependency = std::get_if<DependencyView>(&variant);
  if (dependency == nullptr || dependency->kind() != kind) return std::nullopt;
  return *dependency;
}

}  // namespace

std::optional<std::uint32_t> Value::u32() const noexcept {
  if (const auto* number = std::get_if<std::uint8_t>(&variant_)) return *number;
  return only<std::uint32_t>(variant_);
}

std::optional<std::uint64_t> Value::u64() const noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&variant_)) {
    return static_cast<std::uint64_t>(*number);
  }
  return only<std::uint64_t>(variant_);
}

std::optional<double> Value::f64() const noexcept { return only<double>(variant_); }

std::optional<std::string_view> Value::text() const noexcept {
  if (const auto text = dependency_of_kind(variant_, DependencyView::Kind::kText)) {
    return text->text();
  }
  return only<std::string_view>(variant_);
}

std::optional<ByteView> Value::bytes() const noexcept { return only<ByteView>(variant_); }

std::optional<ObjectView> Value::object() const noexcept {
  if (const auto object = dependency_of_kind(variant_, DependencyView::Kind::kObject)) {
    return object->object();
  }
  return only<ObjectView>(variant_);
}

std::optional<DependencyView> Value::property_set() const noexcept {
  return dependency_of_kind(variant_, DependencyView::Kind::kPropertySet);
}

std::optional<DependencyView> Value::dependency() const noexcept {
  return only<DependencyView>(variant_);
}

}  // namespace micromegas::transit
