#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <micromegas/coroutine.h>

namespace micromegas {

/// A small task type: a coroutine that starts when it is awaited, gives its result to who awaits
/// it, and carries its span context along. For programs without a task type of their own, and an
/// example of `TracedPromise` for those that have one.
///
///     Task<int> length(std::string url) {
///       MM_CO_SPAN_FUNCTION();
///       co_return (co_await download(url)).size();
///     }
///
/// The coroutine lives as long as its Task; a Task that was never awaited or started never runs. It
/// is awaited or started once, and its result taken once. One thread at a time may use a Task.
template <class T>
class [[nodiscard]] Task;

namespace detail {

class TaskPromiseBase : public TracedPromise {
  struct ResumeWaiting {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      return static_cast<TaskPromiseBase&>(handle.promise()).waiting_;
    }
    void await_resume() noexcept {}
  };

 public:
  auto initial_suspend() noexcept { return traced_start(std::suspend_always{}); }
  auto final_suspend() noexcept { return traced_finish(ResumeWaiting{}); }

  void set_waiting(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }

#if defined(__cpp_exceptions)
  void unhandled_exception() noexcept {
    note_exception();
    exception_ = std::current_exception();
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }
#else
  void unhandled_exception() noexcept { std::terminate(); }
  void rethrow() const noexcept {}
#endif

 private:
  std::coroutine_handle<> waiting_ = std::noop_coroutine();
#if defined(__cpp_exceptions)
  std::exception_ptr exception_;
#endif
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class Value>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() { rethrow(); }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (coroutine_) coroutine_.destroy();
      coroutine_ = std::exchange(other.coroutine_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  /// Starts the task; the awaiting coroutine goes on where the task ends, on that thread.
  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> task;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
        task.promise().set_waiting(waiting);
        return task;
      }
      T await_resume() { return task.promise().take(); }
      std::uint64_t awaited_span_id() const noexcept { return task.promise().first_span_id(); }
    };
    return Awaiter{coroutine_};
  }

  /// Runs the task up to its first suspension, from outside of any coroutine.
  void start() { coroutine_.resume(); }
  bool done() const noexcept { return coroutine_.done(); }
  /// REQUIRES: done(). Throws what the task threw.
  T result() { return coroutine_.promise().take(); }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> detail::TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

}  // namespace micromegas
