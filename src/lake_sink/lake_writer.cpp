#include "lake_sink/lake_writer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/background_thread.h"
#include "base/error.h"

namespace micromegas::lake_sink {
namespace {

using Clock = std::chrono::steady_clock;
using Item = LakeWriter::Item;
using sink::UploadStatistics;

constexpr std::chrono::milliseconds kFirstDelay{100};
constexpr std::chrono::milliseconds kLongestDelay{10'000};
constexpr std::size_t kMaxCommitBytes = std::size_t{32} << 20;

std::size_t size_of(const Item& item) noexcept {
  constexpr std::size_t kRow = 1024;  // Roughly.
  const auto* block = std::get_if<BlockToStore>(&item);
  return kRow + (block == nullptr ? 0 : block->blob.size());
}

std::int32_t events_of(const Item& item) noexcept {
  const auto* block = std::get_if<BlockToStore>(&item);
  return block == nullptr ? 0 : block->info.nb_objects;
}

/// Payloads first, rows second: a row always has its payload. Doing it again does no harm.
void store_together(lake::Lake& lake, const std::vector<Item>& items) {
  lake::IngestBatch rows;
  std::vector<lake::BlobWrite> blobs;
  for (const Item& item : items) {
    if (const auto* process = std::get_if<wire::ProcessInfo>(&item)) {
      rows.processes.push_back(*process);
    } else if (const auto* stream = std::get_if<wire::StreamInfo>(&item)) {
      rows.streams.push_back(*stream);
    } else {
      const auto& block = std::get<BlockToStore>(item);
      lake::BlockRow row;
      row.info = block.info;
      row.payload_size = static_cast<std::int64_t>(block.blob.size());
      rows.blocks.push_back(std::move(row));
      blobs.push_back(
          {block.info.process_id, block.info.stream_id, block.info.block_id, block.blob});
    }
  }
  const std::vector<lake::BlobLocation> locations = lake.blobs().write(blobs);
  for (std::size_t i = 0; i < locations.size(); ++i) rows.blocks[i].payload = locations[i];
  lake.metadata().ingest(rows);
}

}  // namespace

class LakeWriter::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(std::shared_ptr<lake::Lake> lake, const sink::UploadLimits& limits)
      : lake_(std::move(lake)), limits_(limits) {}

  void start() {
    thread_ =
        start_background_thread("mm-lake-writer", [self = shared_from_this()] { self->run(); });
  }

  bool has_room(sink::Priority priority) const noexcept {
    const std::lock_guard lock(mutex_);
    if (priority == sink::Priority::kMetadata) return true;
    const bool traces = priority == sink::Priority::kTraces;
    return bytes_ <= (traces ? limits_.max_bytes_for_traces : limits_.max_bytes);
  }

  void count_full(std::int32_t nb_events) noexcept {
    const std::lock_guard lock(mutex_);
    statistics_.count_dropped(&UploadStatistics::dropped_full, nb_events);
  }

  void store(Item item) {
    {
      const std::lock_guard lock(mutex_);
      bytes_ += size_of(item);
      waiting_.push_back(std::move(item));
    }
    wake_.notify_all();
  }

  void drain(Clock::time_point deadline) noexcept {
    if (!thread_.joinable()) {
      give_up();
      return;
    }
    bool ended = false;
    {
      std::unique_lock lock(mutex_);
      deadline_ = deadline;
      wake_.notify_all();
      // A commit that is under way at the deadline may need a moment more, or never end.
      ended = wake_.wait_until(lock, deadline + kFirstDelay, [this] { return ended_; });
    }
    if (ended) {
      thread_.join();
    } else {
      thread_.detach();  // It owns what it works with; should the disk answer, it ends by itself.
      give_up();
    }
  }

  UploadStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  void run() noexcept {
    for (;;) {
      std::vector<Item> batch = take_batch();
      if (batch.empty()) break;
      std::size_t bytes = 0;
      for (const Item& item : batch) bytes += size_of(item);
      commit(batch);
      const std::lock_guard lock(mutex_);
      bytes_ -= bytes;
    }
    give_up();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    wake_.notify_all();
  }

  /// Waits for something to do. Empty: it is over.
  std::vector<Item> take_batch() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return deadline_ || !waiting_.empty(); });
    std::vector<Item> batch;
    if (time_is_up()) return batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && (batch.empty() || bytes < kMaxCommitBytes)) {
      bytes += size_of(waiting_.front());
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return batch;
  }

  void commit(std::vector<Item>& batch) {
    std::chrono::milliseconds delay = kFirstDelay;
    for (;;) {
      try {
        store_together(*lake_, batch);
        count_stored(batch);
        return;
      } catch (const Error& e) {
        if (e.kind() == ErrorKind::kInvalidArgument) {
          commit_one_by_one(batch, e.what());
          return;
        }
        note_failure(e.what());
      } catch (const std::exception& e) {
        note_failure(e.what());
      }
      if (!wait(delay)) {
        count_dropped(&UploadStatistics::dropped_late, batch);
        return;
      }
      delay = std::min(delay * 10, kLongestDelay);
    }
  }

  /// One of them is refused, and is not to take the others along.
  void commit_one_by_one(std::vector<Item>& batch, const char* why) {
    if (batch.size() == 1) {
      note_failure(why);
      count_dropped(&UploadStatistics::dropped_refused, batch);
      return;
    }
    for (Item& item : batch) {
      std::vector<Item> alone;
      alone.push_back(std::move(item));
      commit(alone);
    }
  }

  /// False: there is no time left for another attempt.
  bool wait(std::chrono::milliseconds delay) {
    std::unique_lock lock(mutex_);
    if (!deadline_) {
      wake_.wait_for(lock, delay, [this] { return deadline_.has_value(); });
      return !time_is_up();
    }
    // The program is ending: more often, since it is now or never.
    const auto next = Clock::now() + kFirstDelay;
    if (next >= *deadline_) return false;
    wake_.wait_until(lock, next, [] { return false; });
    return true;
  }

  bool time_is_up() const { return deadline_ && Clock::now() >= *deadline_; }

  void note_failure(const char* why) {
    const std::lock_guard lock(mutex_);
    ++statistics_.failed_attempts;
    statistics_.last_error = why;
  }

  void count_stored(const std::vector<Item>& batch) {
    const std::lock_guard lock(mutex_);
    for (const Item& item : batch) {
      const auto* block = std::get_if<BlockToStore>(&item);
      ++statistics_.sent;
      if (block == nullptr) continue;
      ++statistics_.sent_blocks;
      statistics_.sent_bytes += block->blob.size();
      statistics_.sent_events += static_cast<std::uint64_t>(block->info.nb_objects);
    }
  }

  void count_dropped(std::uint64_t UploadStatistics::* reason, const std::vector<Item>& batch) {
    const std::lock_guard lock(mutex_);
    for (const Item& item : batch) statistics_.count_dropped(reason, events_of(item));
  }

  void give_up() noexcept {
    const std::lock_guard lock(mutex_);
    for (const Item& item : waiting_) {
      statistics_.count_dropped(&UploadStatistics::dropped_late, events_of(item));
    }
    waiting_.clear();
  }

  const std::shared_ptr<lake::Lake> lake_;
  const sink::UploadLimits limits_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;  ///< Of the writer, and of who waits for its end.
  std::deque<Item> waiting_;
  std::size_t bytes_ = 0;  ///< Waiting, and being stored.
  UploadStatistics statistics_;
  std::optional<Clock::time_point> deadline_;  ///< Set when draining.
  bool ended_ = false;

  std::thread thread_;
};

LakeWriter::LakeWriter(std::shared_ptr<lake::Lake> lake, const sink::UploadLimits& limits)
    : worker_(std::make_shared<Worker>(std::move(lake), limits)) {
  worker_->start();
}

LakeWriter::~LakeWriter() { drain(Clock::now()); }

bool LakeWriter::has_room(sink::Priority priority) const noexcept {
  return worker_->has_room(priority);
}

void LakeWriter::count_full(std::int32_t nb_events) noexcept { worker_->count_full(nb_events); }

void LakeWriter::store(Item item) { worker_->store(std::move(item)); }

void LakeWriter::drain(std::chrono::steady_clock::time_point deadline) noexcept {
  worker_->drain(deadline);
}

sink::UploadStatistics LakeWriter::statistics() const { return worker_->statistics(); }

}  // namespace micromegas::lake_sink
