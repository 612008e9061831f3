#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace micromegas::cli {

/// Reads what people type for a point in time: RFC 3339 (`2026-11-22T06:02:21Z`), `now`, or how
/// long ago it was: `90s`, `30m`, `1h30m`, `2d`, `1w`, `250ms`. Throws `UsageError` naming the text
/// and the forms that are read.
Timestamp parse_time_argument(std::string_view text, Timestamp now);

/// The range of `--begin` and `--end`; empty texts stand for options that were not given. Without
/// both there is none; without an end it is now; without a begin it is the epoch.
/// Throws `UsageError` as above, and when the range is backwards.
std::optional<TimeRange> parse_time_range(std::string_view begin, std::string_view end,
                                          Timestamp now);

}  // namespace micromegas::cli
