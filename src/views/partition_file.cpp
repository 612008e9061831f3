#include "views/partition_file.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <arrow/io/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ids.h"
#include "lake/file_handle.h"
#include "views/arrow_error.h"

namespace micromegas::views {
namespace {

std::string relative_path_of(const ViewKey& view, Timestamp first_insert_time) {
  const std::string time = to_rfc3339(first_insert_time);  // 2026-11-22T06:02:21.939069005Z
  std::string of_day = time.substr(11, 8);
  of_day[2] = of_day[5] = '-';
  return view.view_set + '/' + view.view_instance + '/' + time.substr(0, 10) + '/' + of_day + '_' +
         Uuid::random().to_string() + ".parquet";
}

}  // namespace

PartitionFile::PartitionFile(std::filesystem::path partitions_folder, const ViewKey& view,
                             Timestamp first_insert_time)
    : partitions_folder_(std::move(partitions_folder)),
      relative_path_(relative_path_of(view, first_insert_time)) {
  const auto folder = path().parent_path();
  temporary_path_ = folder / ('.' + path().filename().string() + ".tmp");
  lake::make_folder(folder);
  stream_ = take_arrow(arrow::io::FileOutputStream::Open(temporary_path_.string()));
}

PartitionFile::~PartitionFile() {
  if (kept_) return;
  if (stream_ && !stream_->closed()) static_cast<void>(stream_->Close());
  std::error_code ignored;
  std::filesystem::remove(temporary_path_, ignored);
  std::filesystem::remove(path(), ignored);
}

std::shared_ptr<arrow::io::OutputStream> PartitionFile::stream() const { return stream_; }

std::int64_t PartitionFile::finish() {
  const std::int64_t size = take_arrow(stream_->Tell());
  check_arrow(stream_->Flush());
  if (::fsync(stream_->file_descriptor()) != 0) {
    throw unavailable("cannot sync " + temporary_path_.string() + ": " + std::strerror(errno));
  }
  check_arrow(stream_->Close());
  std::error_code error;
  std::filesystem::rename(temporary_path_, path(), error);
  if (error)
    throw unavailable("cannot rename " + temporary_path_.string() + ": " + error.message());
  lake::sync_folder(path().parent_path());
  return size;
}

bool PartitionFile::renew() noexcept {
  std::error_code error;
  std::filesystem::last_write_time(path(), std::filesystem::file_time_type::clock::now(), error);
  return !error;
}

}  // namespace micromegas::views
