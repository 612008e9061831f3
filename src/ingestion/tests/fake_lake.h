#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "lake/lake.h"

namespace micromegas::ingestion {

/// A blob store that does what a test says before it passes a call on.
class FakeBlobStore final : public lake::BlobStore {
 public:
  explicit FakeBlobStore(lake::BlobStore& real) : real_(real) {}

  std::vector<lake::BlobLocation> write(const std::vector<lake::BlobWrite>& blobs) override {
    {
      const std::lock_guard lock(mutex_);
      writes_.push_back(blobs.size());
    }
    if (before_write) before_write();
    return real_.write(blobs);
  }
  Bytes read(const lake::BlobLocation& location) const override { return real_.read(location); }

  /// How many blobs each call of `write` brought.
  std::vector<std::size_t> writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

  std::function<void()> before_write;  ///< May throw, may block.

 private:
  lake::BlobStore& real_;
  mutable std::mutex mutex_;
  std::vector<std::size_t> writes_;
};

/// A metadata store that passes everything on but `ingest`, before which it does what a test says.
class FakeMetadataStore final : public lake::MetadataStore {
 public:
  explicit FakeMetadataStore(lake::MetadataStore& real) : real_(real) {}

  std::function<void(const lake::IngestBatch&)> before_ingest;  ///< May throw, may block.

  void ingest(const lake::IngestBatch& batch) override {
    if (before_ingest) before_ingest(batch);
    real_.ingest(batch);
  }
  std::vector<BlockId> known_blocks(const std::vector<BlockId>& ids) const override {
    return real_.known_blocks(ids);
  }
  std::optional<lake::ProcessRow> find_process(ProcessId id) const override {
    return real_.find_process(id);
  }
  std::optional<lake::StreamRow> find_stream(StreamId id) const override {
    return real_.find_stream(id);
  }
  std::vector<lake::StreamRow> streams_of_process(ProcessId id,
                                                  std::string_view tag) const override {
    return real_.streams_of_process(id, tag);
  }
  std::vector<lake::BlockRow> blocks_of_process(ProcessId id, std::int64_t after) const override {
    return real_.blocks_of_process(id, after);
  }
  std::optional<lake::BlockTotals> totals_of_process(ProcessId id) const override {
    return real_.totals_of_process(id);
  }
  void scan_processes(const std::optional<TimeRange>& range,
                      const std::function<bool(const lake::ProcessRow&, const lake::BlockTotals&)>&
                          visit) const override {
    real_.scan_processes(range, visit);
  }
  void scan_streams(const std::optional<TimeRange>& range,
                    const std::function<bool(const lake::StreamRow&, const lake::BlockTotals&)>&
                        visit) const override {
    real_.scan_streams(range, visit);
  }
  void scan_blocks(const std::optional<TimeRange>& range,
                   const std::function<bool(const lake::BlockRow&, const lake::StreamRow&,
                                            const lake::ProcessRow&)>& visit) const override {
    real_.scan_blocks(range, visit);
  }
  std::vector<lake::PartitionRow> partitions_of_view(std::string_view set,
                                                     std::string_view instance) const override {
    return real_.partitions_of_view(set, instance);
  }
  std::vector<lake::PartitionRow> all_partitions() const override { return real_.all_partitions(); }
  std::vector<lake::BlockError> all_block_errors() const override {
    return real_.all_block_errors();
  }
  bool swap_partitions(const lake::PartitionSwap& swap) override {
    return real_.swap_partitions(swap);
  }
  std::vector<std::string> expired_files(Timestamp now) const override {
    return real_.expired_files(now);
  }
  void forget_files(const std::vector<std::string>& paths) override { real_.forget_files(paths); }
  std::optional<lake::TickEstimate> tick_estimate(ProcessId id) const override {
    return real_.tick_estimate(id);
  }
  lake::TickEstimate replace_tick_estimate(ProcessId id,
                                           const std::optional<lake::TickEstimate>& previous,
                                           const lake::TickEstimate& next) override {
    return real_.replace_tick_estimate(id, previous, next);
  }

 private:
  lake::MetadataStore& real_;
};

/// A lake whose stores fail or wait when a test wants it.
class FakeLake final : public lake::Lake {
 public:
  explicit FakeLake(std::shared_ptr<lake::Lake> real) : real_(std::move(real)) {}

  FakeMetadataStore& metadata() override { return metadata_; }
  const FakeMetadataStore& metadata() const override { return metadata_; }
  FakeBlobStore& blobs() override { return blobs_; }
  void check_writable() const override {
    ++checks;
    real_->check_writable();
  }
  const std::filesystem::path& partitions_folder() const override {
    return real_->partitions_folder();
  }

  mutable std::atomic<int> checks{0};  ///< How often somebody had it looked at.

 private:
  std::shared_ptr<lake::Lake> real_;
  FakeMetadataStore metadata_{real_->metadata()};
  FakeBlobStore blobs_{real_->blobs()};
};

}  // namespace micromegas::ingestion
