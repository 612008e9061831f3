#pragma once

#include <cstdint>

namespace micromegas::tracing {

/// Records that a span is suspended, at a numbered site, or goes on, at a time taken before. What
/// finds no memory is counted. Any thread; for its own chunk.
void write_suspend(std::uint64_t ticks, std::uint64_t span_id, std::uint64_t awaited_span_id,
                   std::int32_t site) noexcept;
void write_resume(std::uint64_t ticks, std::uint64_t span_id) noexcept;

}  // namespace micromegas::tracing
