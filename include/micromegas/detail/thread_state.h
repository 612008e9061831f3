#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace micromegas {

/// Where code runs: inside which async span, and how deep. The values of a span's children.
struct SpanContext {
  std::uint64_t span_id = 0;  ///< 0: in no span.
  std::uint32_t depth =
      0;  ///< Spans around this point: the depth of a child. 0: a child is a root.
  std::uint32_t properties = 0;  ///< The set of properties handed down; 0: none.

  friend bool operator==(const SpanContext&, const SpanContext&) = default;
};

namespace detail {

/// A context as it stands on a thread: what the thread's code runs in, and what it was in before.
/// Part of a `ContextScope` or of the promise of a traced coroutine.
struct InstalledContext {
  SpanContext context;
  /// What the thread goes back to. Without meaning while a coroutine is suspended.
  const InstalledContext* outer = nullptr;
  bool of_promise = false;  ///< Then it is the first member of a `TracedPromise`.
};

/// That of a thread that runs in no span.
inline constexpr InstalledContext kNoContext{};

/// Stands for the number of a thread's exceptions until it has recorded something.
inline constexpr unsigned kExceptionsUnknown = ~0u;

/// All that the event path touches, one per thread, no lock and no pointer chased to get there.
///
/// Events are written at `cursor`, inside a chunk that this thread owns, and published by moving it
/// on (a release store, a plain move on x86). The collector reads it from another thread, and so
/// sees every event of every thread at any time without stopping anyone.
struct ThreadState {
  std::atomic<std::byte*> cursor{nullptr};
  /// At or beyond it the event takes the slow way: the chunk is full, the thread is new, recording
  /// is off or the machine's counter is no clock. Starts so that the first event does.
  std::byte* limit = nullptr;
  /// Where this thread's code runs. A pointer: installing a context is one 8-byte store, and
  /// reading back what was just written in parts would stall. It points to a promise whose
  /// coroutine runs on this thread, or to a local of a function that does.
  const InstalledContext* context = &kNoContext;
  /// The ids this thread may give to spans: [next_span_id, end_of_span_ids).
  std::uint64_t next_span_id = 0;
  std::uint64_t end_of_span_ids = 0;
  /// How many exceptions unwind the thread right now, where the runtime library counts them: the
  /// end of a coroutine's span asks, and a call would cost as much as the span.
  const unsigned* exceptions = &kExceptionsUnknown;
};

// Constant-initialised and trivially destroyed: an access needs no guard and no call, and the
// storage is good for as long as the thread lives. In programs it is one segment-relative
// instruction; in shared libraries, which would make it a call, the attribute makes it two. Visible
// even in code that is built to hide what it has: a program, its libraries and its plugins share
// it.
#if defined(__ELF__) && defined(__PIC__) && !defined(__PIE__)
inline constinit thread_local ThreadState t_state
    __attribute__((tls_model("initial-exec"), visibility("default")));
#else
inline constinit thread_local ThreadState t_state __attribute__((visibility("default")));
#endif

/// The calling thread's.
inline ThreadState& thread_state() noexcept {
  ThreadState* state = &t_state;
#if defined(__GNUC__) && !defined(__clang__) && defined(__PIC__) && !defined(__PIE__)
  // Where GCC checks pointers (-fsanitize=null), it takes the flags of the addition that makes this
  // one; but the linker may replace that addition by an instruction that sets none. Hence let it
  // forget where the pointer comes from.
  asm("" : "+r"(state));
#endif
  return *state;
}

}  // namespace detail
}  // namespace micromegas
