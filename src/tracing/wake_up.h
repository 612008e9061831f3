#pragma once

#include <atomic>
#include <chrono>
#include <semaphore>

namespace micromegas::tracing {

/// One sleeper that anybody may wake, without ever waiting for it.
class WakeUp {
 public:
  /// Ends the current `sleep`, or the next one if none is on. A system call at most, and only the
  /// first of several calls makes it.
  void wake() noexcept {
    if (!called_.exchange(true, std::memory_order_acq_rel)) semaphore_.release();
  }

  /// Until somebody wakes it, at most so long. One thread at a time.
  template <class Duration>
  void sleep(Duration at_most) {
    // What is done after this sees what was done before the calls that are forgotten here.
    if (semaphore_.try_acquire_for(at_most)) called_.exchange(false, std::memory_order_acq_rel);
  }

 private:
  std::atomic<bool> called_{false};
  std::counting_semaphore<> semaphore_{0};
};

}  // namespace micromegas::tracing
