#include "views/partition_plan.h"

#include <algorithm>
#include <string_view>

#include <xxhash.h>

#include "base/error.h"

namespace micromegas::views {
namespace {

constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000'000;

std::int64_t hour_of(Timestamp time) {
  const std::int64_t hour = time.ns / kHour;
  return time.ns % kHour < 0 ? hour - 1 : hour;
}

/// Owns the state of one XXH3-128. Texts are hashed with their length, so that two neighbours
/// cannot run into each other.
class SourceHash {
 public:
  explicit SourceHash(const SourceIdentity& identity) : state_(XXH3_createState()) {
    if (state_ == nullptr || XXH3_128bits_reset(state_) == XXH_ERROR) {
      throw Error(ErrorKind::kResourceExhausted, "no memory for a hash");
    }
    add_text(identity.view.view_set);
    add_text(identity.view.view_instance);
    add_text(identity.schema_hash);
    add_bytes(&identity.frequency, sizeof identity.frequency);
  }
  SourceHash(const SourceHash&) = delete;
  SourceHash& operator=(const SourceHash&) = delete;
  ~SourceHash() { XXH3_freeState(state_); }

  void add(const BlockId& id) { add_bytes(id.uuid.bytes.data(), id.uuid.bytes.size()); }

  std::string digest() const {
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, XXH3_128bits_digest(state_));
    return {reinterpret_cast<const char*>(bytes.digest), sizeof bytes.digest};
  }

 private:
  void add_text(std::string_view text) {
    const std::uint64_t size = text.size();
    add_bytes(&size, sizeof size);
    add_bytes(text.data(), text.size());
  }
  void add_bytes(const void* bytes, std::size_t size) { XXH3_128bits_update(state_, bytes, size); }

  XXH3_state_t* state_;
};

/// Collects the specs of one plan.
class Planner {
 public:
  Planner(const SourceIdentity& identity, std::span<const BlockPtr> blocks, std::int64_t max_events)
      : identity_(identity), blocks_(blocks), max_events_(max_events) {}

  std::vector<PartitionSpec> plan() && {
    for (std::size_t begin = 0; begin < blocks_.size();) {
      const std::size_t end = end_of_hour(begin);
      const std::size_t tail = cut_full_partitions(begin, end);
      const bool closed = end < blocks_.size();
      closed ? add(tail, end) : add_pieces(tail, end);
      begin = end;
    }
    return std::move(specs_);
  }

 private:
  std::size_t end_of_hour(std::size_t begin) const {
    const std::int64_t hour = hour_of(blocks_[begin]->insert_time);
    const auto next = std::partition_point(
        blocks_.begin() + static_cast<std::ptrdiff_t>(begin), blocks_.end(),
        [hour](const BlockPtr& block) { return hour_of(block->insert_time) == hour; });
    return static_cast<std::size_t>(next - blocks_.begin());
  }

  /// Returns where the tail begins.
  std::size_t cut_full_partitions(std::size_t begin, std::size_t end) {
    std::int64_t events = 0;
    for (std::size_t i = begin; i < end; ++i) {
      // A count from outside: it must not be able to undo what others have added.
      events += std::max<std::int64_t>(0, blocks_[i]->info.nb_objects);
      if (events < max_events_) continue;
      add(begin, i + 1);
      begin = i + 1;
      events = 0;
    }
    return begin;
  }

  void add_pieces(std::size_t begin, std::size_t end) {
    std::size_t size = 1;
    while (size * kMergeFactor <= end - begin) size *= kMergeFactor;
    for (; begin < end; size /= kMergeFactor) {
      for (; end - begin >= size; begin += size) add(begin, begin + size);
    }
  }

  void add(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    const auto blocks = blocks_.subspan(begin, end - begin);
    specs_.push_back({{blocks.front()->insert_time, {blocks.back()->insert_time.ns + 1}},
                      begin,
                      blocks.size(),
                      source_data_hash(identity_, blocks)});
  }

  const SourceIdentity& identity_;
  std::span<const BlockPtr> blocks_;
  std::int64_t max_events_;
  std::vector<PartitionSpec> specs_;
};

}  // namespace

std::vector<PartitionSpec> plan_partitions(const SourceIdentity& identity,
                                           std::span<const BlockPtr> blocks,
                                           std::int64_t max_events) {
  return Planner(identity, blocks, max_events).plan();
}

std::string source_data_hash(const SourceIdentity& identity, std::span<const BlockPtr> blocks) {
  SourceHash hash(identity);
  for (const BlockPtr& block : blocks) hash.add(block->info.block_id);
  return hash.digest();
}

}  // namespace micromegas::views
