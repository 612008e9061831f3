#include "apps/micromegas/serve/maintenance.h"

#include <filesystem>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/counters.h"
#include "views/orphaned_files.h"

namespace micromegas::cli {
namespace {

Counter files_deleted{"micromegas_expired_files_deleted_total",
                      "Files of retired partitions deleted after their grace"};

/// Paths come from the database: one that leaves the folder is not followed.
bool stays_inside(const std::filesystem::path& path) {
  if (path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace

std::size_t delete_expired_files(lake::Lake& lake, Timestamp now) {
  std::vector<std::string> gone;
  for (const std::string& path : lake.metadata().expired_files(now)) {
    if (!stays_inside(path)) {
      spdlog::error("expired file '{}' is not below the folder of the partitions", path);
      continue;
    }
    std::error_code error;
    std::filesystem::remove(lake.partitions_folder() / path, error);
    if (error) {
      spdlog::warn("cannot delete expired file {}: {}", path, error.message());
      continue;
    }
    gone.push_back(path);
  }
  lake.metadata().forget_files(gone);
  files_deleted.add(gone.size());
  return gone.size();
}

Maintenance::Maintenance(std::shared_ptr<lake::Lake> lake, std::chrono::milliseconds period)
    : lake_(std::move(lake)), period_(period), thread_([this] { run(); }) {}

Maintenance::~Maintenance() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Maintenance::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      delete_expired_files(*lake_, Timestamp::now());
      views::remove_orphaned_files(*lake_, Timestamp::now());
    } catch (const std::exception& e) {
      spdlog::warn("maintenance: {}", e.what());  // The next round tries again.
    }
    lock.lock();
    wake_.wait_for(lock, period_, [this] { return stopping_; });
  }
}

}  // namespace micromegas::cli
