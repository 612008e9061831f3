#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "lake/lake.h"

namespace micromegas::views {

/// A lake that tells a test of each payload that is read, before it is.
class WatchedLake final : public lake::Lake, private lake::BlobStore {
 public:
  WatchedLake(std::shared_ptr<lake::Lake> lake, std::function<void()> on_read)
      : lake_(std::move(lake)), on_read_(std::move(on_read)) {}

  lake::MetadataStore& metadata() override { return lake_->metadata(); }
  const lake::MetadataStore& metadata() const override { return std::as_const(*lake_).metadata(); }
  lake::BlobStore& blobs() override { return *this; }
  const std::filesystem::path& partitions_folder() const override {
    return lake_->partitions_folder();
  }

 private:
  std::vector<lake::BlobLocation> write(const std::vector<lake::BlobWrite>& blobs) override {
    return lake_->blobs().write(blobs);
  }
  Bytes read(const lake::BlobLocation& location) const override {
    on_read_();
    return lake_->blobs().read(location);
  }

  std::shared_ptr<lake::Lake> lake_;
  std::function<void()> on_read_;
};

/// Holds up those who pass until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// Returns once somebody stands at the gate, or has passed it.
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

}  // namespace micromegas::views
