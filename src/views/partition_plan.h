#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "lake/rows.h"
#include "views/view.h"

namespace micromegas::views {

/// A block of one view, as the catalog shares it.
using BlockPtr = std::shared_ptr<const lake::BlockRow>;

/// A partition is cut when it holds so many events (a block is never split, so it may hold more by
/// a block).
inline constexpr std::int64_t kMaxEventsPerPartition = std::int64_t{1} << 20;

/// Small pieces of a live hour are merged when there are so many of a size.
inline constexpr std::size_t kMergeFactor = 8;

/// One partition that should exist: consecutive blocks of a view.
struct PartitionSpec {
  InsertRange insert_range;  ///< From the first block's insert time to just beyond the last one's.
  std::size_t first_block = 0;  ///< Position in the sorted blocks.
  std::size_t nb_blocks = 0;
  std::string source_data_hash;  ///< Raw bytes; see `source_data_hash`.

  std::span<const BlockPtr> blocks(std::span<const BlockPtr> all) const {
    return all.subspan(first_block, nb_blocks);
  }
};

/// What makes the rows of a view beside its blocks: two partitions of equal identity and equal
/// blocks hold equal rows.
struct SourceIdentity {
  ViewKey view;
  std::string schema_hash;
  std::int64_t frequency = 0;  ///< Effective ticks per second of the process.
};

/// Divides the blocks of a view into partitions. A pure function: no clock, no query range, nothing
/// that two servers could see differently. Every block belongs to exactly one spec; specs come in
/// insert order and do not overlap.
///
/// REQUIRES: `blocks` sorted by (insert_time, block_id), no two with the same insert time.
///
/// Blocks are first divided by the hour of their insert time. Within an hour, a partition is cut as
/// soon as it holds `max_events`; these never change again. What remains is the tail. When a later
/// hour has blocks, no more are expected in this one, and the tail is one partition. Else its n
/// blocks are divided like the digits of n to the base 8, largest pieces first:
///
///     n = 1000 = 1750 (octal)   512 | 64 64 64 64 64 64 64 | 8 8 8 8 8
///
/// so that a block that arrives rewrites few others: each is written at most 1 + log8(n) times
/// while there are at most 7 (1 + log8(n)) pieces.
std::vector<PartitionSpec> plan_partitions(const SourceIdentity& identity,
                                           std::span<const BlockPtr> blocks,
                                           std::int64_t max_events = kMaxEventsPerPartition);

/// XXH3-128 over the identity and the ids of the blocks in their order: 16 raw bytes.
std::string source_data_hash(const SourceIdentity& identity, std::span<const BlockPtr> blocks);

}  // namespace micromegas::views
