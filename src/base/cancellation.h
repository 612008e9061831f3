#pragma once

#include <atomic>
#include <memory>

#include "base/error.h"

namespace micromegas {

/// Says to long work that nobody waits for it any more. Copies share one flag. Any thread may set
/// it; work polls it at every block or batch, so that it ends well within a second.
class CancellationToken {
 public:
  CancellationToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}

  void cancel() noexcept { flag_->store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return flag_->load(std::memory_order_relaxed); }

  /// Throws `Error{kCancelled}` once cancelled.
  void check() const {
    if (cancelled()) throw Error(ErrorKind::kCancelled, "the request was cancelled");
  }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace micromegas
