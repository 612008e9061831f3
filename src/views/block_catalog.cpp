#include "views/block_catalog.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "base/error.h"

namespace micromegas::views {
namespace {

constexpr std::string_view kTransitFormat = "micromegas-transit";

/// Beyond so many unknown streams, listing all streams of the process is cheaper than asking for
/// each.
constexpr std::size_t kMaxSingleLookups = 16;

/// What remembering a process costs beside its blocks, in blocks.
constexpr std::size_t kCostOfProcess = 50;

bool inserted_before(const BlockPtr& a, const BlockPtr& b) {
  return std::pair(a->insert_time, a->info.block_id) < std::pair(b->insert_time, b->info.block_id);
}

bool has_tag(const lake::StreamRow& stream, std::string_view tag) {
  return std::find(stream.tags.begin(), stream.tags.end(), tag) != stream.tags.end();
}

}  // namespace

/// What is remembered of one process. Its own lock serialises the readers of one process, so that a
/// long first read holds up nobody else.
class BlockCatalog::ProcessBlocks {
 public:
  ProcessBlocks(const lake::MetadataStore& metadata, ProcessId id) : metadata_(metadata), id_(id) {}

  std::shared_ptr<const BlockSnapshot> refresh(std::string_view tag) {
    const std::lock_guard lock(mutex_);
    load_process();
    const bool new_blocks = load_blocks();
    const bool new_streams = load_streams();
    if (new_blocks || new_streams) snapshots_.clear();

    auto& snapshot = snapshots_[std::string(tag)];
    if (!snapshot) snapshot = make_snapshot(tag);
    return snapshot;
  }

  /// In blocks.
  std::size_t cost() const { return kCostOfProcess + size_.load(std::memory_order_relaxed); }

 private:
  void load_process() {
    if (process_) return;
    process_ = metadata_.find_process(id_);
    if (!process_) throw invalid_argument("process " + id_.to_string() + " not found");
  }

  bool load_blocks() {
    std::vector<lake::BlockRow> rows = metadata_.blocks_of_process(id_, last_sequence_);
    if (rows.empty()) return false;
    const auto old_size = static_cast<std::ptrdiff_t>(blocks_.size());
    blocks_.reserve(blocks_.size() + rows.size());
    for (lake::BlockRow& row : rows) {
      last_sequence_ = std::max(last_sequence_, row.sequence);
      if (!streams_.contains(row.info.stream_id)) unknown_streams_.insert(row.info.stream_id);
      blocks_.push_back(std::make_shared<const lake::BlockRow>(std::move(row)));
    }
    std::sort(blocks_.begin() + old_size, blocks_.end(), inserted_before);
    std::inplace_merge(blocks_.begin(), blocks_.begin() + old_size, blocks_.end(), inserted_before);
    size_.store(blocks_.size(), std::memory_order_relaxed);
    return true;
  }

  bool load_streams() {
    if (unknown_streams_.empty()) return false;
    const std::size_t before = streams_.size();
    if (unknown_streams_.size() > kMaxSingleLookups) {
      for (auto& row : metadata_.streams_of_process(id_, "")) add_stream(std::move(row));
    } else {
      const std::vector<StreamId> wanted(unknown_streams_.begin(), unknown_streams_.end());
      for (const StreamId& id : wanted) {
        if (auto row = metadata_.find_stream(id)) add_stream(std::move(*row));
      }
    }
    return streams_.size() != before;
  }

  void add_stream(lake::StreamRow row) {
    if (unknown_streams_.erase(row.stream_id) == 0) return;
    const StreamId id = row.stream_id;
    streams_.emplace(id, std::make_shared<const lake::StreamRow>(std::move(row)));
  }

  std::shared_ptr<const BlockSnapshot> make_snapshot(std::string_view tag) const {
    auto snapshot = std::make_shared<BlockSnapshot>();
    snapshot->process = *process_;
    std::unordered_map<StreamId, bool> is_tagged;  // The process's own streams.
    for (const auto& [id, stream] : streams_) {
      if (stream->process_id != id_) continue;
      const bool tagged = stream->format == kTransitFormat && has_tag(*stream, tag);
      is_tagged.emplace(id, tagged);
      if (tagged) snapshot->streams.emplace(id, stream);
    }
    // What others send under this process's id must not move its clock.
    ProcessProgress& progress = snapshot->progress;
    for (const BlockPtr& block : blocks_) {
      const auto stream = is_tagged.find(block->info.stream_id);
      if (stream == is_tagged.end()) continue;
      progress.last_end_ticks = std::max(progress.last_end_ticks, block->info.end_ticks);
      progress.last_end_time = std::max(progress.last_end_time, block->info.end_time);
      if (stream->second) snapshot->blocks.push_back(block);
    }
    return snapshot;
  }

  const lake::MetadataStore& metadata_;
  const ProcessId id_;
  std::atomic<std::size_t> size_{0};

  std::mutex mutex_;
  std::optional<lake::ProcessRow> process_;
  std::int64_t last_sequence_ = 0;
  std::vector<BlockPtr> blocks_;  ///< Sorted, of all tags.
  std::unordered_map<StreamId, std::shared_ptr<const lake::StreamRow>> streams_;
  std::unordered_set<StreamId> unknown_streams_;
  std::unordered_map<std::string, std::shared_ptr<const BlockSnapshot>> snapshots_;  ///< By tag.
};

struct BlockCatalog::State {
  std::mutex mutex;
  std::list<std::pair<ProcessId, std::shared_ptr<ProcessBlocks>>> recent;  ///< Latest use first.
  std::unordered_map<ProcessId, decltype(recent)::iterator> by_process;
};

BlockCatalog::BlockCatalog(std::shared_ptr<lake::Lake> lake, std::size_t max_blocks)
    : lake_(std::move(lake)), max_blocks_(max_blocks), state_(std::make_unique<State>()) {}

BlockCatalog::~BlockCatalog() = default;

std::shared_ptr<const BlockSnapshot> BlockCatalog::refresh(ProcessId process,
                                                           std::string_view tag) {
  const auto blocks = find_or_add(process);
  auto snapshot = blocks->refresh(tag);
  forget_least_recently_used(blocks.get());
  return snapshot;
}

std::shared_ptr<BlockCatalog::ProcessBlocks> BlockCatalog::find_or_add(ProcessId process) {
  const std::lock_guard lock(state_->mutex);
  auto& recent = state_->recent;
  if (const auto found = state_->by_process.find(process); found != state_->by_process.end()) {
    recent.splice(recent.begin(), recent, found->second);
  } else {
    recent.emplace_front(
        process, std::make_shared<ProcessBlocks>(std::as_const(*lake_).metadata(), process));
    state_->by_process.emplace(process, recent.begin());
  }
  return recent.front().second;
}

void BlockCatalog::forget_least_recently_used(const ProcessBlocks* but) {
  const std::lock_guard lock(state_->mutex);
  auto& recent = state_->recent;
  std::size_t total = 0;
  for (const auto& [id, blocks] : recent) total += blocks->cost();
  while (total > max_blocks_ && recent.back().second.get() != but) {
    total -= recent.back().second->cost();
    state_->by_process.erase(recent.back().first);
    recent.pop_back();
  }
}

}  // namespace micromegas::views
