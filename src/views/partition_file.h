#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/time.h"
#include "views/view.h"

namespace arrow::io {
class FileOutputStream;
class OutputStream;
}  // namespace arrow::io

namespace micromegas::views {

/// The file of a partition while nobody else may see it.
///
///     <view set>/<instance>/<YYYY-MM-DD>/<HH-MM-SS>_<random id>.parquet
///
/// below the partitions' folder, date and time those of the first insert time, in UTC. It is
/// written under a temporary name, `.<name>.tmp` beside it; `finish` makes it durable and gives it
/// its name. Unless `keep` is called, which the publisher does once a row names the file, the
/// destructor deletes whatever there is.
///
/// Errors: `Error{kUnavailable}` when the disk is full or away.
class PartitionFile {
 public:
  PartitionFile(std::filesystem::path partitions_folder, const ViewKey& view,
                Timestamp first_insert_time);
  PartitionFile(const PartitionFile&) = delete;
  PartitionFile& operator=(const PartitionFile&) = delete;
  ~PartitionFile();

  std::shared_ptr<arrow::io::OutputStream> stream() const;

  /// Ends writing. Returns the size in bytes.
  std::int64_t finish();

  /// Makes the file as young as if it had just been written, so that nobody takes it for one that a
  /// killed builder left behind. False: somebody has, and it is gone.
  bool renew() noexcept;

  void keep() noexcept { kept_ = true; }

  /// Relative to the partitions' folder.
  const std::string& relative_path() const noexcept { return relative_path_; }

 private:
  std::filesystem::path path() const { return partitions_folder_ / relative_path_; }

  const std::filesystem::path partitions_folder_;
  std::string relative_path_;
  std::filesystem::path temporary_path_;
  std::shared_ptr<arrow::io::FileOutputStream> stream_;
  bool kept_ = false;
};

}  // namespace micromegas::views
