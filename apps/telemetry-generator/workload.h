#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace micromegas::generator {

class WorkerPool;

/// The shape of the work. A task is a chain of `depth` spans, each of which begins on one worker,
/// hops to the next one and opens the span below there; so with two workers or more every span ends
/// on another thread than it began on, or is a leaf. The innermost one holds `leaves` spans that
/// stay where they are.
struct WorkloadOptions {
  std::size_t tasks = 100;
  std::size_t depth = 3;
  std::size_t leaves = 2;
  std::size_t names = 0;  ///< Leaves take turns at so many run-time names; 0: one static name.
  double tasks_per_second = 0;  ///< 0: as fast as it goes.
  std::chrono::nanoseconds duration{
      0};  ///< Above 0: tasks are made until then, not `tasks` of them.

  /// Leaves last a log-normal time with this median; 0: no time at all.
  std::chrono::nanoseconds median_gap{200'000};
  double sigma = 1.0;
  std::uint64_t seed = 1;

  std::size_t spans_per_task() const noexcept { return depth + leaves; }
};

/// Runs all of it and returns how many tasks there were. Each made `spans_per_task` spans.
std::size_t run_workload(WorkerPool& pool, const WorkloadOptions& options);

}  // namespace micromegas::generator
