#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <pthread.h>

namespace micromegas::tracing {

/// A thread of a test: does what it is given, in order. Tests change threads on purpose.
class Worker {
 public:
  explicit Worker(std::string name)
      : thread_([this, name = std::move(name)] {
          ::pthread_setname_np(::pthread_self(), name.c_str());
          run();
        }) {}
  ~Worker() { join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    some_.notify_one();
  }

  /// Runs something there and waits for it.
  template <class Function>
  void run_there(Function&& work) {
    std::promise<void> done;
    post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  /// `co_await worker.hop()`: the coroutine goes on there.
  auto hop() {
    struct Hop {
      Worker& worker;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> coroutine) { worker.post(coroutine); }
      void await_resume() const noexcept {}
    };
    return Hop{*this};
  }

  /// Finishes what it was given, and ends.
  void join() {
    if (!thread_.joinable()) return;
    post(nullptr);
    thread_.join();
  }

 private:
  void run() {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        some_.wait(lock, [this] { return !work_.empty(); });
        work = std::move(work_.front());
        work_.pop_front();
      }
      if (!work) return;
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<std::function<void()>> work_;
  std::thread thread_;  // Last: it uses the others.
};

}  // namespace micromegas::tracing
