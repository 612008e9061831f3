#pragma once

#include <cstddef>
#include <cstdint>

// What the slow ways of spans, logs and metrics share. The calling thread's; never blocks, throws
// or fails.

namespace micromegas::tracing {

/// A place for the record of a span, or for one of `bytes`, at most half of a chunk. Null: it is
/// not recorded; that is counted as so many events lost.
std::byte* reserve(std::uint64_t events, std::size_t bytes = 0) noexcept;

/// The counter that records carry.
std::uint64_t now() noexcept;

void count_dropped(std::uint64_t events) noexcept;

/// Tells the collector that there is a log or metric to look for. REQUIRES: the thread has a place
/// for its record, and has not written it yet.
void count_message() noexcept;

}  // namespace micromegas::tracing
