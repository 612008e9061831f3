#include "worker_pool.h"

#include <string>

#include <pthread.h>

namespace micromegas::generator {

WorkerPool::WorkerPool(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([&worker, i] {
      // Before the first event: a stream takes the name that its thread has then.
      ::pthread_setname_np(::pthread_self(), ("worker-" + std::to_string(i)).c_str());
      run(worker);
    });
  }
}

WorkerPool::~WorkerPool() {
  for (auto& worker : workers_) {
    const std::lock_guard lock(worker->mutex);
    worker->ending = true;
    worker->arrived.notify_one();
  }
  for (auto& worker : workers_) worker->thread.join();
}

void WorkerPool::hand_over(std::size_t index, std::coroutine_handle<> work) {
  Worker& worker = *workers_[index];
  const std::lock_guard lock(worker.mutex);
  worker.work.push_back(work);
  worker.arrived.notify_one();
}

void WorkerPool::run(Worker& worker) {
  for (;;) {
    std::coroutine_handle<> work;
    {
      std::unique_lock lock(worker.mutex);
      worker.arrived.wait(lock, [&] { return worker.ending || !worker.work.empty(); });
      if (worker.work.empty()) return;
      work = worker.work.front();
      worker.work.pop_front();
    }
    work.resume();
  }
}

}  // namespace micromegas::generator
