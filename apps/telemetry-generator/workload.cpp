#include "workload.h"

#include <condition_variable>
#include <coroutine>
#include <exception>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <micromegas/micromegas.h>

#include "worker_pool.h"

namespace micromegas::generator {
namespace {

using Clock = std::chrono::steady_clock;

/// Counts the tasks that run, and holds the one who starts them back when there are many.
class InFlight {
 public:
  explicit InFlight(std::size_t most) : most_(most) {}

  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ < most_; });
    ++count_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --count_;
    changed_.notify_all();
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ == 0; });
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

/// A coroutine that nobody waits for: runs at once, and frees itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

std::vector<std::string> make_names(std::size_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t i = 0; i < count; ++i) names.push_back("leaf " + std::to_string(i));
  return names;
}

class Workload {
 public:
  Workload(WorkerPool& pool, const WorkloadOptions& options)
      : pool_(pool), options_(options), names_(make_names(options.names)) {}

  std::size_t run() {
    const auto begin = Clock::now();
    std::size_t tasks = 0;
    while (!done(tasks, begin)) {
      if (options_.tasks_per_second > 0) {
        const std::chrono::duration<double> due(static_cast<double>(tasks) /
                                                options_.tasks_per_second);
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(due));
      }
      in_flight_.enter();
      start(tasks++);
    }
    in_flight_.wait_for_all();
    return tasks;
  }

 private:
  bool done(std::size_t tasks, Clock::time_point begin) const {
    if (options_.duration.count() > 0) return Clock::now() - begin >= options_.duration;
    return tasks >= options_.tasks;
  }

  Detached start(std::size_t task) {
    co_await pool_.on(task);
    co_await level(task, options_.depth);
    in_flight_.leave();
  }

  Task<> level(std::size_t worker, std::size_t depth) {
    MM_CO_SPAN("work");
    co_await pool_.on(worker + 1);
    if (depth > 1) {
      co_await level(worker + 1, depth - 1);
      // Back from below on some worker: once more, so that it is not the one that this span began
      // on.
      co_await pool_.on(worker + 1);
    } else {
      std::mt19937_64 random(options_.seed + worker);
      for (std::size_t i = 0; i < options_.leaves; ++i) leaf(worker + i, random);
    }
  }

  void leaf(std::size_t number, std::mt19937_64& random) {
    const AsyncSpan span = names_.empty() ? AsyncSpan(MM_SITE("leaf"))
                                          : AsyncSpan(MM_SITE(""), names_[number % names_.size()]);
    if (options_.median_gap.count() == 0) return;
    std::lognormal_distribution<double> gap(0, options_.sigma);
    const std::chrono::duration<double, std::nano> length(
        static_cast<double>(options_.median_gap.count()) * gap(random));
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(length);
    while (Clock::now() < end) {
    }
  }

  WorkerPool& pool_;
  const WorkloadOptions& options_;
  const std::vector<std::string> names_;
  InFlight in_flight_{16 * pool_.size()};
};

}  // namespace

std::size_t run_workload(WorkerPool& pool, const WorkloadOptions& options) {
  return Workload(pool, options).run();
}

}  // namespace micromegas::generator
