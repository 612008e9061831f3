#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace micromegas::views {

/// A few threads that do the work of all builds. Builds take turns, task by task, so that a small
/// one does not wait for a large one that came before it.
class BuildQueue {
 public:
  using Task = std::function<void()>;

  /// REQUIRES: threads > 0.
  explicit BuildQueue(std::size_t threads);
  BuildQueue(const BuildQueue&) = delete;
  BuildQueue& operator=(const BuildQueue&) = delete;

  /// REQUIRES: no call of `run` is under way.
  ~BuildQueue();

  /// Does the tasks and returns when all are done. When one throws, those that have not begun are
  /// dropped, and its exception is rethrown once those under way have ended. Any thread may call.
  void run(std::vector<Task> tasks);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace micromegas::views
