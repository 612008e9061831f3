#include "views/partition_cleaner.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/counters.h"

namespace micromegas::views {
namespace {

namespace fs = std::filesystem;

Counter files_removed("micromegas_partition_files_removed_total",
                      "Files of retired or never published partitions that were deleted");

/// No build takes so long from the first byte of a file to its row.
constexpr auto kBuildsLastLess = std::chrono::hours(1);

constexpr auto kFirstCleaning = std::chrono::seconds(10);
constexpr auto kCleaningPeriod = std::chrono::minutes(10);

bool remove_file(const fs::path& path) {
  std::error_code error;
  const bool removed = fs::remove(path, error);
  if (removed) files_removed.add();
  if (error) spdlog::warn("cannot remove {}: {}", path.string(), error.message());
  return !error;
}

std::vector<fs::path> old_files(const fs::path& folder, Timestamp now) {
  const auto limit =
      std::chrono::file_clock::from_sys(
          std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(now.ns))) -
      kBuildsLastLess;
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (it->is_regular_file(gone) && it->last_write_time(gone) < limit && !gone) {
      files.push_back(it->path());
    }
  }
  return files;
}

}  // namespace

void remove_retired_files(lake::Lake& lake, Timestamp now) noexcept {
  try {
    std::vector<std::string> removed;
    for (const std::string& path : lake.metadata().expired_files(now)) {
      if (remove_file(lake.partitions_folder() / path)) removed.push_back(path);
    }
    lake.metadata().forget_files(removed);
  } catch (const std::exception& e) {
    spdlog::warn("cannot remove the files of retired partitions: {}", e.what());
  }
}

void remove_orphaned_files(lake::Lake& lake, Timestamp now) noexcept {
  try {
    // First the files, then the names: what is published in between is named.
    const std::vector<fs::path> files = old_files(lake.partitions_folder(), now);
    if (files.empty()) return;
    std::unordered_set<std::string> named;
    for (const auto& partition : lake.metadata().all_partitions())
      named.insert(partition.file_path);
    for (auto& path : lake.metadata().expired_files({INT64_MAX})) named.insert(std::move(path));
    for (const fs::path& file : files) {
      if (!named.contains(file.lexically_relative(lake.partitions_folder()).generic_string())) {
        remove_file(file);
      }
    }
  } catch (const std::exception& e) {
    spdlog::warn("cannot look for orphaned partition files: {}", e.what());
  }
}

PartitionCleaner::PartitionCleaner(lake::Lake& lake) : lake_(lake), thread_([this] { run(); }) {}

PartitionCleaner::~PartitionCleaner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void PartitionCleaner::run() {
  std::chrono::nanoseconds pause = kFirstCleaning;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (stopped_.wait_for(lock, pause, [this] { return stopping_; })) return;
    }
    remove_retired_files(lake_, Timestamp::now());
    remove_orphaned_files(lake_, Timestamp::now());
    pause = kCleaningPeriod;
  }
}

}  // namespace micromegas::views
