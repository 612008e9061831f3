// Which spans of coroutines exceptions leave. This is built without exceptions; those are the
// application's.
#include <utility>

#include <cxxabi.h>

#include <micromegas/detail/suspension.h>
#include <micromegas/detail/thread_state.h>

namespace micromegas::detail {
namespace {

/// What the C++ ABI (Itanium, 2.2.2) keeps for each thread.
struct ExceptionGlobals {
  void* caught;
  unsigned uncaught;
};

struct FailedSpan {
  const void* promise;
  std::uint64_t span_id;
};
constinit thread_local FailedSpan t_failed{};

}  // namespace

const unsigned* exceptions_of_this_thread() noexcept {
  return &reinterpret_cast<const ExceptionGlobals*>(abi::__cxa_get_globals())->uncaught;
}

bool is_left_by_exception(unsigned exceptions_at_begin, const void* promise,
                          std::uint64_t span_id) noexcept {
  ThreadState& thread = thread_state();
  thread.exceptions = exceptions_of_this_thread();
  if (*thread.exceptions <= exceptions_at_begin) return false;
  t_failed = {promise, span_id};
  return true;
}

std::uint64_t take_failed_span(const void* promise) noexcept {
  return t_failed.promise == promise ? std::exchange(t_failed, {}).span_id : 0;
}

}  // namespace micromegas::detail
