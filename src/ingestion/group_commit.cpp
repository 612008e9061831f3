#include "ingestion/group_commit.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/error.h"
#include "ingestion/ingestion_counters.h"

namespace micromegas::ingestion {
namespace {

constexpr std::chrono::milliseconds kMaxGatheringTime{2};
constexpr int kCommitPerGathering = 8;  // A commit takes this many times as long.

std::exception_ptr error_ptr(ErrorKind kind, const char* text) {
  return std::make_exception_ptr(Error(kind, text));
}

std::unordered_set<BlockId> as_set(const std::vector<BlockId>& ids) {
  return {ids.begin(), ids.end()};
}

}  // namespace

GroupCommit::GroupCommit(std::shared_ptr<lake::Lake> lake, Options options)
    : lake_(std::move(lake)), options_(options), thread_([this] { run(); }) {}

GroupCommit::~GroupCommit() { stop(); }

void GroupCommit::submit(Envelope envelope, Done done) {
  const std::size_t bytes = size_of(envelope);
  std::exception_ptr refusal;
  {
    const std::lock_guard lock(mutex_);
    refusal = refuse(bytes);
    if (!refusal) {
      queued_bytes_ += bytes;
      queue_.push_back({std::move(envelope), std::move(done), bytes});
      wake_.notify_one();
      return;
    }
  }
  done(refusal);
}

void GroupCommit::submit_probe(Done done) {
  std::exception_ptr outcome;
  {
    const std::lock_guard lock(mutex_);
    outcome = refuse(0);
    const bool known = proof_ && std::chrono::steady_clock::now() - *proof_ < options_.proof_lasts;
    if (!outcome && !known) {
      probes_.push_back(std::move(done));
      wake_.notify_one();
      return;
    }
  }
  done(outcome);
}

std::exception_ptr GroupCommit::refuse(std::size_t bytes) const {
  if (stopping_) return error_ptr(ErrorKind::kUnavailable, "the server is stopping");
  // One envelope is always taken, however large: else it would never come through.
  const bool full = queue_.size() >= options_.max_queued_envelopes ||
                    (!queue_.empty() && queued_bytes_ + bytes > options_.max_queued_bytes);
  if (!full) return nullptr;
  return error_ptr(ErrorKind::kResourceExhausted, "too much is waiting to be stored");
}

void GroupCommit::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::size_t GroupCommit::queued_envelopes() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t GroupCommit::queued_bytes() const {
  const std::lock_guard lock(mutex_);
  return queued_bytes_;
}

void GroupCommit::run() {
  for (;;) {
    Commit batch = take_commit();
    if (batch.envelopes.empty() && batch.probes.empty()) return;
    const auto begin = std::chrono::steady_clock::now();
    commit(batch);
    gathering_time_ = std::min<std::chrono::nanoseconds>(
        kMaxGatheringTime, (std::chrono::steady_clock::now() - begin) / kCommitPerGathering);
    expected_ = batch.envelopes.size() + queued_envelopes();
  }
}

// Whoever has just been answered, and sends again at once, would miss a commit that starts with the
// first of them: clients would fall into two halves that wait for each other's commits. A moment's
// patience, short beside a commit, gathers them all into one.
void GroupCommit::gather(std::unique_lock<std::mutex>& lock) {
  wake_.wait_for(lock, gathering_time_, [this] {
    return stopping_ || queue_.size() >= std::min(expected_, options_.max_commit_envelopes) ||
           queued_bytes_ >= options_.max_commit_bytes;
  });
}

GroupCommit::Commit GroupCommit::take_commit() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !probes_.empty(); });
  if (!queue_.empty()) gather(lock);
  Commit batch;
  batch.probes.swap(probes_);
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.envelopes.size() < options_.max_commit_envelopes) {
    const std::size_t next = queue_.front().bytes;
    if (!batch.envelopes.empty() && bytes + next > options_.max_commit_bytes) break;
    bytes += next;
    batch.envelopes.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  return batch;
}

void GroupCommit::commit(Commit& batch) {
  std::vector<Waiting*> envelopes;
  envelopes.reserve(batch.envelopes.size());
  for (Waiting& waiting : batch.envelopes) envelopes.push_back(&waiting);
  if (!envelopes.empty()) commit_together(envelopes);
  if (!batch.probes.empty()) answer_probes(batch.probes);
}

void GroupCommit::answer_probes(const std::vector<Done>& probes) {
  std::exception_ptr failure;
  try {
    lake_->metadata().known_blocks({BlockId{}});
    lake_->check_writable();
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  note_proof(failure == nullptr);
  for (const Done& done : probes) done(failure);
}

void GroupCommit::note_proof(bool works) {
  const std::lock_guard lock(mutex_);
  proof_.reset();
  if (works) proof_ = std::chrono::steady_clock::now();
}

void GroupCommit::commit_together(std::vector<Waiting*>& batch) {
  std::exception_ptr failure;
  try {
    store(batch);
    note_proof(true);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::kInvalidArgument && batch.size() > 1) {
      for (Waiting* waiting : batch) {
        std::vector<Waiting*> alone{waiting};
        commit_together(alone);
      }
      return;
    }
    failure = std::current_exception();
    if (e.kind() != ErrorKind::kInvalidArgument) report_failure(e, batch.size());
  } catch (const std::exception& e) {
    failure = error_ptr(ErrorKind::kInternal, e.what());
    report_failure(e, batch.size());
  }
  if (failure) note_proof(false);
  for (Waiting* waiting : batch) waiting->done(failure);
}

void GroupCommit::store(const std::vector<Waiting*>& batch) {
  lake::IngestBatch rows;
  std::vector<const BlockToStore*> blocks;
  std::vector<BlockId> ids;
  for (const Waiting* waiting : batch) {
    if (const auto* process = std::get_if<wire::ProcessInfo>(&waiting->envelope)) {
      rows.processes.push_back(*process);
    } else if (const auto* stream = std::get_if<wire::StreamInfo>(&waiting->envelope)) {
      rows.streams.push_back(*stream);
    } else {
      blocks.push_back(&std::get<BlockToStore>(waiting->envelope));
      ids.push_back(blocks.back()->info.block_id);
    }
  }

  // Payload first, row second: a row always has its payload, and a payload whose row was lost in a
  // crash comes again with the retry.
  std::vector<lake::BlobWrite> blobs;
  if (!blocks.empty()) {
    std::unordered_set<BlockId> known = as_set(lake_->metadata().known_blocks(ids));
    for (const BlockToStore* block : blocks) {
      if (!known.insert(block->info.block_id).second) continue;  // Stored, or twice in this batch.
      lake::BlockRow row;
      row.info = block->info;
      row.payload_size = static_cast<std::int64_t>(block->blob.size());
      rows.blocks.push_back(std::move(row));
      blobs.push_back(
          {block->info.process_id, block->info.stream_id, block->info.block_id, block->blob});
    }
    const auto locations = lake_->blobs().write(blobs);
    for (std::size_t i = 0; i < locations.size(); ++i) rows.blocks[i].payload = locations[i];
  }
  if (!rows.processes.empty() || !rows.streams.empty() || !rows.blocks.empty()) {
    lake_->metadata().ingest(rows);
    commits.add();
  }

  for (const lake::BlobWrite& blob : blobs) payload_bytes_stored.add(blob.content.size());
  processes_stored.add(rows.processes.size());
  streams_stored.add(rows.streams.size());
  blocks_stored.add(blocks.size());
  blocks_repeated.add(blocks.size() - rows.blocks.size());
}

void GroupCommit::report_failure(const std::exception& failure, std::size_t nb_envelopes) {
  if (const std::size_t count = failures_.note(nb_envelopes); count > 0) {
    spdlog::error("cannot store: {} ({} messages since the last such line)", failure.what(), count);
  }
}

}  // namespace micromegas::ingestion
