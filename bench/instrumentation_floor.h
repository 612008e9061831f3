#pragma once

#include <coroutine>
#include <cstdint>

#include <micromegas/detail/ticks.h>

// The least that a span could cost on the machine at hand: what the benchmark of the
// instrumentation compares with.

namespace micromegas::bench {

/// A reading of the clock and 24 bytes, into memory that only this thread touches.
struct Ring {
  struct Record {
    std::uint64_t ticks, site, id;
  };
  static constexpr std::uint32_t kSize = 1 << 12;
  Record records[kSize];
  std::uint32_t next = 0;
};
inline thread_local Ring t_ring;

inline void store_in_ring(std::uint64_t site, std::uint64_t id) {
  Ring& mine = t_ring;
  mine.records[mine.next++ % Ring::kSize] = {detail::read_ticks(), site, id};
}

[[gnu::noinline]] inline void floor_pair() {
  store_in_ring(1, 2);
  store_in_ring(1, 3);
}

/// A coroutine that its caller resumes; as small as one can be.
template <class Base>
struct Bare {
  struct promise_type : Base {
    Bare get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept { return Base::start(); }
    auto final_suspend() noexcept { return Base::finish(); }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
  std::coroutine_handle<promise_type> coroutine;

  void run() {
    while (!coroutine.done()) coroutine.resume();
    coroutine.destroy();
  }
};

/// Keeps id and parent in its promise, as any tracing would have to.
struct HandWritten {
  std::uint64_t id = next_id++;
  std::uint64_t parent = 0;
  auto start() noexcept { return std::suspend_always{}; }
  auto finish() noexcept { return std::suspend_always{}; }
  static inline thread_local std::uint64_t next_id = 1;
};

/// The clock is read twice per span ...
template <int kSuspensions>
[[gnu::noinline]] Bare<HandWritten> co_span() {
  store_in_ring(1, 2);
  for (int i = 0; i < kSuspensions; ++i) co_await std::suspend_always{};
  store_in_ring(1, 3);
}

/// ... or twice per run of it.
template <int kSuspensions>
[[gnu::noinline]] Bare<HandWritten> co_span_busy() {
  store_in_ring(1, 2);
  for (int i = 0; i < kSuspensions; ++i) {
    store_in_ring(1, 4);
    co_await std::suspend_always{};
    store_in_ring(1, 5);
  }
  store_in_ring(1, 3);
}

}  // namespace micromegas::bench
