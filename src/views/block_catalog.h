#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lake/lake.h"
#include "views/partition_plan.h"
#include "views/tick_frequency.h"

namespace micromegas::views {

/// The blocks of one process whose streams carry one tag, as the lake had them at one moment.
///
/// Immutable, hence shared freely. As long as nothing arrives the catalog hands out the same
/// object.
struct BlockSnapshot {
  lake::ProcessRow process;
  /// Over all blocks of the process's streams, whatever their tag.
  ProcessProgress progress{{INT64_MIN}, {INT64_MIN}};
  std::vector<BlockPtr> blocks;  ///< Sorted by (insert_time, block_id).
  std::unordered_map<StreamId, std::shared_ptr<const lake::StreamRow>> streams;  ///< Of the blocks.
};

/// Remembers the block rows of processes, so that a query reads only those that are new since the
/// last one.
///
/// A block whose stream is not registered yet is in no snapshot; it comes in as soon as its stream
/// is known. A block that names a stream of another process never does.
///
/// Any thread may call.
class BlockCatalog {
 public:
  /// Processes that nobody asked for lately are forgotten when more than `max_blocks` rows are
  /// kept.
  explicit BlockCatalog(std::shared_ptr<lake::Lake> lake, std::size_t max_blocks = 200'000);
  BlockCatalog(const BlockCatalog&) = delete;
  BlockCatalog& operator=(const BlockCatalog&) = delete;
  ~BlockCatalog();

  /// All blocks that were in the lake when the call began.
  /// Throws `Error`: kInvalidArgument for a process that the lake does not know; kUnavailable.
  std::shared_ptr<const BlockSnapshot> refresh(ProcessId process, std::string_view tag);

 private:
  class ProcessBlocks;

  std::shared_ptr<ProcessBlocks> find_or_add(ProcessId process);
  void forget_least_recently_used(const ProcessBlocks* but);

  struct State;
  std::shared_ptr<lake::Lake> lake_;
  const std::size_t max_blocks_;
  std::unique_ptr<State> state_;
};

}  // namespace micromegas::views
