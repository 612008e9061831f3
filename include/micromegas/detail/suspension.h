#pragma once

#include <atomic>
#include <cstdint>
#include <source_location>
#include <string_view>

#include <micromegas/detail/record.h>

// What is said of async spans beyond begin and end, on request: suspensions, properties, errors.
// All of it is out of line; who does not ask for it pays a test.

namespace micromegas::detail {

/// Whether suspensions are recorded of any target.
inline bool suspensions_wanted() noexcept {
  return (g_switches.load(std::memory_order_relaxed) & kSuspensionsWanted) != 0;
}

/// A span of a coroutine whose suspensions are recorded. Lies in the coroutine's frame.
struct AwareSpan {
  std::uint64_t span_id;
  const AwareSpan* around;  ///< The next one that the same coroutine has open.
};

/// Whether the suspensions of a span are recorded. What was drawn for its root is handed down in
/// the bits of a context's depth above `kMaxDepth` (a record drops them by itself); a root draws
/// now.
///
/// `site`: of the span. `depth_inside`: of the context inside it.
bool wants_suspensions(std::int32_t site, std::uint32_t& depth_inside) noexcept;

/// The context inside an open span; that around it when it was not recorded.
inline SpanContext context_inside(const OpenAsyncSpan& span, const SpanContext& around) noexcept {
  if (!span.recorded()) return around;
  SpanContext inside{span.span_id, around.depth + 1, around.properties};
  if (suspensions_wanted()) [[unlikely]]
    wants_suspensions(span.site(), inside.depth);
  return inside;
}

/// The coroutine of these spans stops running, and runs again. `awaited_span_id` 0: not known.
void record_suspend(const AwareSpan& innermost, std::uint64_t awaited_span_id,
                    std::source_location place) noexcept;
void record_resume(const AwareSpan& innermost, std::uint64_t awaited_span_id) noexcept;

/// The properties of a span from now on, by the number of the set.
void record_properties(std::uint64_t span_id, std::uint32_t set) noexcept;

/// Where the runtime library counts the exceptions that unwind the calling thread.
const unsigned* exceptions_of_this_thread() noexcept;

/// Whether a span is left by an exception, being destroyed while more exceptions unwind the thread
/// than at its begin. If so, remembers it until somebody knows why.
bool is_left_by_exception(unsigned exceptions_at_begin, const void* promise,
                          std::uint64_t span_id) noexcept;

/// The latest span of this coroutine that was found to be left so, on this thread; 0: none. Once.
std::uint64_t take_failed_span(const void* promise) noexcept;

/// Why a span failed; cut to a bounded length. Nothing when `text` is empty.
void record_error(std::uint64_t span_id, std::string_view text) noexcept;

}  // namespace micromegas::detail
