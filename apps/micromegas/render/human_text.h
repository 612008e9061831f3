#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace micromegas::cli {

/// A duration in the unit that suits it, three digits: `870 ns`, `41.7 ms`, `2.04 s`, `3 min 20 s`.
std::string duration_text(std::int64_t ns);

/// How long ago a time was, coarsely: `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`.
std::string age_text(Timestamp time, Timestamp now);

/// A count with its thousands apart: `1,204,311`.
std::string count_text(std::uint64_t count);

/// A time to the second, UTC: `2026-11-22 06:02:21`.
std::string clock_text(Timestamp time);

/// The last part of a path: what people call a program.
std::string program_name(const std::string& exe);

}  // namespace micromegas::cli
