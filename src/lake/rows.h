#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "wire/messages.h"

namespace micromegas::lake {

/// Where the payload of a block lies. Text that only the `BlobStore` that made it understands; it
/// is kept in the row of the block.
struct BlobLocation {
  std::string text;

  friend bool operator==(const BlobLocation&, const BlobLocation&) = default;
};

/// A process as the lake keeps it.
struct ProcessRow {
  wire::ProcessInfo info;
  Timestamp insert_time;
};

/// A stream as the lake keeps it: the type tables stay encoded (`wire::decode_type_table`), since
/// most readers only pass them on.
struct StreamRow {
  StreamId stream_id;
  ProcessId process_id;
  Bytes dependencies_metadata;
  Bytes objects_metadata;
  std::vector<std::string> tags;
  wire::Properties properties;
  Timestamp insert_time;
  std::string format = "micromegas-transit";
};

/// A block as the lake keeps it.
struct BlockRow {
  wire::BlockInfo info;
  std::int64_t payload_size = 0;  ///< Bytes of the blob.
  BlobLocation payload;

  /// When the lake got it. No two blocks of a lake share an insert time: the store moves a block by
  /// nanoseconds if it must, so that insert time orders blocks totally.
  Timestamp insert_time;

  /// Grows with each block that becomes visible: a reader that has seen all blocks up to one
  /// sequence finds the new ones beyond it (`MetadataStore::blocks_of_process`).
  std::int64_t sequence = 0;
};

/// What is known of the blocks of a process or stream without listing them.
struct BlockTotals {
  Timestamp last_insert_time;
  std::int64_t last_end_ticks = 0;  ///< Greatest, relative to the process's start.
  Timestamp last_end_time;          ///< Greatest.
  std::int64_t nb_blocks = 0;
  std::int64_t nb_events = 0;
};

/// A block that a partition had to be built without, and why.
struct BlockError {
  ProcessId process_id;
  StreamId stream_id;
  BlockId block_id;
  std::string stage;         ///< `payload`, `dependencies`, `objects`, ...
  std::int64_t offset = -1;  ///< Byte of that buffer; -1: not at a byte.
  std::string reason;
};

/// One Parquet file with rows of one view: immutable, its row published by one transaction.
struct PartitionRow {
  std::int64_t partition_id = 0;  ///< Given by the store when published.
  std::string view_set;
  std::string view_instance;
  InsertRange insert_range;      ///< Half-open; partitions of one view and schema never overlap.
  std::string schema_hash;       ///< Raw bytes: identifies the meaning of the rows.
  std::string source_data_hash;  ///< Raw bytes: identifies the blocks it was made of.
  std::optional<TimeRange> event_range;  ///< True minimum and maximum; absent without rows.
  std::string file_path;  ///< Relative to the partitions' folder; empty without rows.
  std::int64_t file_size = 0;
  std::int64_t num_rows = 0;
  std::int64_t nb_blocks = 0;
  Timestamp updated;
  std::vector<BlockError> errors;  ///< Stored with the partition, retired with it.
};

/// The frequency by which a process's ticks become time when the process did not know it.
struct TickEstimate {
  std::int64_t frequency = 0;      ///< Ticks per second.
  std::int64_t ticks_covered = 0;  ///< end_ticks of the block that it was estimated from.
};

}  // namespace micromegas::lake
