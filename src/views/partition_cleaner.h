#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/time.h"
#include "lake/lake.h"

namespace micromegas::views {

/// Deletes the files of partitions that were retired, once their grace has passed. Failures are
/// logged: another time will do.
void remove_retired_files(lake::Lake& lake, Timestamp now) noexcept;

/// Deletes what crashed builders left in the partitions' folder: files older than an hour that no
/// partition and no retired one names. Failures are logged.
void remove_orphaned_files(lake::Lake& lake, Timestamp now) noexcept;

/// Does both now and then, on a thread of its own, as long as it lives. A program that only asks a
/// question has gone before the first time.
class PartitionCleaner {
 public:
  explicit PartitionCleaner(lake::Lake& lake);
  PartitionCleaner(const PartitionCleaner&) = delete;
  PartitionCleaner& operator=(const PartitionCleaner&) = delete;
  ~PartitionCleaner();

 private:
  void run();

  lake::Lake& lake_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace micromegas::views
