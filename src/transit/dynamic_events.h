#pragma once

#include <span>
#include <string_view>

#include "transit/record_plan.h"

namespace micromegas::transit {

/// An event without fixed size, which no metadata describes: its name says all. The members of the
/// object come in an order of their own.
struct DynamicEvent {
  struct Field {
    std::string_view member;
    DynamicField::Kind kind;
    std::string_view nested_type = {};
  };

  std::string_view name;
  std::span<const Field> body;
  std::span<const std::string_view> members;
};

/// Null: unknown, to be skipped.
const DynamicEvent* find_dynamic_event(std::string_view name) noexcept;

}  // namespace micromegas::transit
