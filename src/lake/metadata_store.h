#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/rows.h"

namespace micromegas::lake {

/// What one ingestion commit brings.
struct IngestBatch {
  std::vector<wire::ProcessInfo> processes;
  std::vector<wire::StreamInfo> streams;
  /// Their payloads are durable already; insert_time and sequence are set by the store.
  std::vector<BlockRow> blocks;
};

/// Replaces partitions of one view in one step.
struct PartitionSwap {
  std::string view_set;
  std::string view_instance;
  std::vector<std::int64_t> retire;  ///< partition_ids.
  std::vector<PartitionRow> publish;
};

/// The rows of the lake: processes, streams, blocks, partitions. SQLite stands behind it, or a
/// database server that several of our servers share.
///
/// Every call is one transaction. Calls that write return when their effect is durable. Any thread
/// may call anything at any time.
///
/// Errors: `Error{kUnavailable}` when the database cannot be reached or is full (try again),
/// `kInvalidArgument` for text that it cannot hold (NUL, over-long), naming the field.
class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  // --- ingestion ---------------------------------------------------------------------------

  /// Inserts what is not there yet; an id that is known is ignored silently.
  virtual void ingest(const IngestBatch& batch) = 0;

  /// Those of `ids` that have a row already: their payloads need not be stored again.
  virtual std::vector<BlockId> known_blocks(const std::vector<BlockId>& ids) const = 0;

  // --- reading -----------------------------------------------------------------------------

  virtual std::optional<ProcessRow> find_process(ProcessId id) const = 0;
  virtual std::optional<StreamRow> find_stream(StreamId id) const = 0;

  /// Streams of a process that carry the tag; an empty tag: all.
  virtual std::vector<StreamRow> streams_of_process(ProcessId id, std::string_view tag) const = 0;

  /// Blocks of a process with a sequence beyond `after`, by sequence, whatever their stream (which
  /// may not be registered yet). `after` = 0: all of them.
  virtual std::vector<BlockRow> blocks_of_process(ProcessId id, std::int64_t after) const = 0;

  virtual std::optional<BlockTotals> totals_of_process(ProcessId id) const = 0;

  /// Calls `visit` for each process that has a block, until it returns false. `range` keeps those
  /// with insert_time <= end and last_insert_time >= begin. Oldest insert time first.
  virtual void scan_processes(
      const std::optional<TimeRange>& range,
      const std::function<bool(const ProcessRow&, const BlockTotals&)>& visit) const = 0;

  /// The same for streams that have a block of their own process.
  virtual void scan_streams(
      const std::optional<TimeRange>& range,
      const std::function<bool(const StreamRow&, const BlockTotals&)>& visit) const = 0;

  /// Blocks whose process is known and whose stream is a known one of that process, oldest insert
  /// time first (as all scans see it: the lake as it was when the scan began). `range` keeps those
  /// with begin_time <= end and insert_time >= begin. Streams and processes are passed by reference
  /// to cached rows, valid during the call.
  virtual void scan_blocks(const std::optional<TimeRange>& range,
                           const std::function<bool(const BlockRow&, const StreamRow&,
                                                    const ProcessRow&)>& visit) const = 0;

  // --- partitions --------------------------------------------------------------------------

  /// Partitions of one view with their errors left out, by insert range, whatever their schema.
  virtual std::vector<PartitionRow> partitions_of_view(std::string_view view_set,
                                                       std::string_view view_instance) const = 0;

  /// Every partition of the lake.
  virtual std::vector<PartitionRow> all_partitions() const = 0;

  /// Every block error of the lake's live partitions.
  virtual std::vector<BlockError> all_block_errors() const = 0;

  /// Retires and publishes in one transaction. Returns false, changing nothing, when one of
  /// `retire` is gone already or a row to publish overlaps a live one of the same view and schema:
  /// somebody else was faster, so read again and go on. Files of retired partitions are kept for
  /// a grace period, since queries may still read them (`expired_files`).
  virtual bool swap_partitions(const PartitionSwap& swap) = 0;

  /// Paths of retired files whose grace ended before `now`; `forget_files` drops them from the list
  /// once they are deleted.
  virtual std::vector<std::string> expired_files(Timestamp now) const = 0;
  virtual void forget_files(const std::vector<std::string>& paths) = 0;

  // --- time --------------------------------------------------------------------------------

  virtual std::optional<TickEstimate> tick_estimate(ProcessId id) const = 0;

  /// Stores `next` if what is stored still equals `previous` (nullopt: nothing is). Returns what is
  /// stored afterwards, so that all servers go on with the same.
  virtual TickEstimate replace_tick_estimate(ProcessId id,
                                             const std::optional<TickEstimate>& previous,
                                             const TickEstimate& next) = 0;
};

}  // namespace micromegas::lake
