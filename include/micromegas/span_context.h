#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <micromegas/detail/thread_state.h>

namespace micromegas {

// What runs inside which span.
//
// Every thread has a current context: the async span that its code runs in now. A span that begins
// takes it as its parent. A context belongs to a piece of work, not to a thread; so whoever carries
// work to another thread carries its context along:
//
//   - coroutines by themselves, once their promise is a `TracedPromise` (coroutine.h);
//   - Boost.Asio's coroutines by `traced()` and `TracedExecutor` (asio.h);
//   - callbacks and `std::thread` by `bind_context()`, below.

/// The context of the calling thread.
inline SpanContext current_context() noexcept { return detail::thread_state().context->context; }

/// Makes a context current for a scope of one thread. Scopes nest; not to be kept over a
/// `co_await`.
class [[nodiscard]] ContextScope {
 public:
  explicit ContextScope(const SpanContext& context) noexcept
      : ContextScope(context, detail::thread_state().context) {}
  ~ContextScope() { detail::thread_state().context = installed_.outer; }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  friend class TracedPromise;
  ContextScope(const SpanContext& context, const detail::InstalledContext* outer) noexcept
      : installed_{context, outer} {
    detail::thread_state().context = &installed_;
  }

  const detail::InstalledContext installed_;
};

/// A function that runs in the context it was bound to, on whichever thread calls it.
template <class Function>
class BoundToContext {
 public:
  BoundToContext(const SpanContext& context, Function function)
      : context_(context), function_(std::move(function)) {}

  template <class... Args>
  decltype(auto) operator()(Args&&... args) {
    ContextScope scope(context_);
    return function_(std::forward<Args>(args)...);
  }

 private:
  SpanContext context_;
  Function function_;
};

/// Takes the caller's context along: `std::thread(bind_context(work))`,
/// `queue.push(bind_context(f))`.
template <class Function>
BoundToContext<std::decay_t<Function>> bind_context(Function&& function) {
  return {current_context(), std::forward<Function>(function)};
}

}  // namespace micromegas
