// A task type of one's own whose coroutines keep their spans: a generator of numbers, pulled by its
// caller. What is traced are three calls of the promise; the rest is as it was without.
#include <coroutine>
#include <cstdio>
#include <exception>
#include <utility>

#include <micromegas/micromegas.h>

class Numbers {
 public:
  struct promise_type : micromegas::TracedPromise {
    Numbers get_return_object() { return Numbers(Handle::from_promise(*this)); }
    auto initial_suspend() noexcept { return traced_start(std::suspend_always{}); }
    auto final_suspend() noexcept { return traced_finish(std::suspend_always{}); }
    auto yield_value(int number) {
      current = number;
      return traced_await(std::suspend_always{});
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    int current = 0;
  };

  Numbers(Numbers&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Numbers& operator=(Numbers&&) = delete;
  ~Numbers() {
    if (coroutine_) coroutine_.destroy();
  }

  /// Whether there is one more; then it is `current`.
  bool next() {
    coroutine_.resume();
    return !coroutine_.done();
  }
  int current() const { return coroutine_.promise().current; }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Numbers(Handle coroutine) : coroutine_(coroutine) {}
  Handle coroutine_;
};

Numbers squares(int count) {
  MM_CO_SPAN_FUNCTION();
  for (int i = 1; i <= count; ++i) co_yield i* i;
}

int main() {
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  Numbers numbers = squares(3);
  while (numbers.next()) std::printf("%d\n", numbers.current());
}
