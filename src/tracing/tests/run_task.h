#pragma once

#include <coroutine>
#include <exception>
#include <future>
#include <utility>

#include <micromegas/task.h>

namespace micromegas::tracing {

/// Runs a task with nobody waiting for it: starts at once, cleans up after itself. Not traced
/// itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

inline Detached run_detached(Task<> task, std::promise<void>* done) {
  co_await std::move(task);
  if (done != nullptr) done->set_value();
}

inline void spawn(Task<> task) { run_detached(std::move(task), nullptr); }

/// Runs a task to its end, on whichever threads it goes to.
inline void run(Task<> task) {
  std::promise<void> done;
  run_detached(std::move(task), &done);
  done.get_future().wait();
}

}  // namespace micromegas::tracing
