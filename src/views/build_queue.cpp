#include "views/build_queue.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace micromegas::views {
namespace {

/// The tasks of one call of `run`. Guarded by the queue's mutex.
struct Build {
  std::vector<BuildQueue::Task> tasks;
  std::size_t next = 0;
  std::size_t under_way = 0;
  std::exception_ptr error;
  std::condition_variable done;

  bool has_tasks() const { return next < tasks.size(); }
};

}  // namespace

struct BuildQueue::Impl {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<Build*> builds;  ///< That have tasks to begin, the one whose turn it is first.
  bool stopping = false;
  std::vector<std::thread> threads;

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [this] { return stopping || !builds.empty(); });
      if (builds.empty()) return;
      Build& build = *builds.front();
      builds.pop_front();
      const Task task = std::move(build.tasks[build.next++]);
      if (build.has_tasks()) builds.push_back(&build);
      ++build.under_way;

      lock.unlock();
      std::exception_ptr error;
      try {
        task();
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();

      --build.under_way;
      if (error) give_up(build, std::move(error));
      if (!build.has_tasks() && build.under_way == 0) build.done.notify_one();
    }
  }

  void give_up(Build& build, std::exception_ptr error) {
    if (!build.error) build.error = std::move(error);
    build.next = build.tasks.size();
    std::erase(builds, &build);
  }
};

BuildQueue::BuildQueue(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([this] { impl_->serve(); });
  }
}

BuildQueue::~BuildQueue() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->work.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

void BuildQueue::run(std::vector<Task> tasks) {
  if (tasks.empty()) return;
  Build build;
  build.tasks = std::move(tasks);
  std::unique_lock lock(impl_->mutex);
  impl_->builds.push_back(&build);
  impl_->work.notify_all();
  build.done.wait(lock, [&build] { return !build.has_tasks() && build.under_way == 0; });
  if (build.error) std::rethrow_exception(build.error);
}

}  // namespace micromegas::views
