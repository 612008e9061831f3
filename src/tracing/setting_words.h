#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <micromegas/log_level.h>

namespace micromegas::tracing {

// The words that settings are written with, in upper or lower case.

/// `warn`, and `warning` for the same.
std::optional<LogLevel> level_of(std::string_view word) noexcept;
inline constexpr std::string_view kNoLevel =
    "is no level: fatal, error, warn, info, debug, trace, off";

/// `on`, `true` and `1`, or their opposites.
std::optional<bool> switch_of(std::string_view word) noexcept;
inline constexpr std::string_view kNoSwitch = "is no switch: true, 1, on, false, 0, off";

/// What of a setting made no sense: it is passed over, and whoever wrote it should know. Parts of
/// that setting's text.
struct Misread {
  std::string_view first = {};
  std::size_t items = 0;

  void add(std::string_view item) noexcept {
    if (items++ == 0) first = item;
  }
};

/// `MICROMEGAS_LOG: 'foo' (and 1 more) is no level: ...`
std::string complaint(const char* variable, const Misread& misread, std::string_view why);

}  // namespace micromegas::tracing
