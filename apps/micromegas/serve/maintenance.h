#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>

#include "lake/lake.h"

namespace micromegas::cli {

/// Deletes the files of retired partitions whose grace has ended. Returns how many went.
///
/// A file that is there no more counts as deleted. What cannot be deleted stays on the list, and
/// one that another server deletes at the same time harms neither.
std::size_t delete_expired_files(lake::Lake& lake, Timestamp now);

/// Keeps a lake tidy: does the above, and deletes what killed builders left, every minute in a
/// thread of its own, until it is destroyed.
class Maintenance {
 public:
  explicit Maintenance(std::shared_ptr<lake::Lake> lake,
                       std::chrono::milliseconds period = std::chrono::minutes(1));
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;
  ~Maintenance();

 private:
  void run();

  const std::shared_ptr<lake::Lake> lake_;
  const std::chrono::milliseconds period_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  ///< Last: starts when all the rest is there.
};

}  // namespace micromegas::cli
