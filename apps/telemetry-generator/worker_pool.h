#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace micromegas::generator {

/// Threads that run exactly what is handed to them: no stealing, so that who runs what is known
/// beforehand.
class WorkerPool {
 public:
  /// The threads are called `worker-0`, `worker-1`, ...
  explicit WorkerPool(std::size_t threads);

  /// Runs what was handed over until now, then ends the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  std::size_t size() const noexcept { return workers_.size(); }

  /// Goes on on worker `index` (modulo size): `co_await pool.on(3)`.
  auto on(std::size_t index) noexcept {
    struct HandOver {
      WorkerPool& pool;
      std::size_t index;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> work) const { pool.hand_over(index, work); }
      void await_resume() const noexcept {}
    };
    return HandOver{*this, index % workers_.size()};
  }

 private:
  struct Worker {
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<std::coroutine_handle<>> work;
    bool ending = false;
    std::thread thread;
  };

  void hand_over(std::size_t index, std::coroutine_handle<> work);
  static void run(Worker& worker);

  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace micromegas::generator
