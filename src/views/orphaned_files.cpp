#include "views/orphaned_files.h"

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

Counter files_deleted("micromegas_orphaned_files_deleted_total",
                      "Files deleted that a killed process had left among the partitions");

/// No build takes so long from the first byte of a file to its row.
constexpr auto kLongestBuild = std::chrono::hours(1);

std::vector<fs::path> old_files(const fs::path& folder, Timestamp now) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(now.ns)};
  const auto limit = std::chrono::file_clock::from_sys(time) - kLongestBuild;
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

std::size_t remove_orphaned_files(lake::Lake& lake, Timestamp now) {
  // First the files, then the names: what is published in between is named.
  const std::vector<fs::path> files = old_files(lake.partitions_folder(), now);
  if (files.empty()) return 0;
  std::unordered_set<std::string> named;
  for (auto& partition : lake.metadata().all_partitions()) {
    named.insert(std::move(partition.file_path));
  }
  for (auto& path : lake.metadata().expired_files({INT64_MAX})) named.insert(std::move(path));

  std::size_t removed = 0;
  for (const fs::path& file : files) {
    if (named.contains(file.lexically_relative(lake.partitions_folder()).generic_string()))
      continue;
    std::error_code error;
    removed += fs::remove(file, error);
    if (error) spdlog::warn("cannot delete orphaned file {}: {}", file.string(), error.message());
  }
  files_deleted.add(removed);
  return removed;
}

}  // namespace micromegas::views
