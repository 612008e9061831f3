#pragma once

#include <cstdint>

namespace micromegas::tracing {

/// Logs that were longer than a log can be, since the process began.
std::uint64_t truncated_logs() noexcept;

}  // namespace micromegas::tracing
