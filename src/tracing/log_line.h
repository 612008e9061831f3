#pragma once

#include <span>
#include <string_view>

#include <micromegas/log_level.h>
#include <micromegas/properties.h>

#include "base/time.h"

namespace micromegas::tracing {

/// A log as people read it. What it points to is valid during the call that brings it.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  Ticks time;  ///< Nanoseconds since 1970.
  std::string_view target;
  std::string_view message;
  std::span<const Property> properties;
};

}  // namespace micromegas::tracing
