#include <string>

#include "base/error.h"
#include "lake/sqlite_metadata_store.h"
#include "lake/text_limits.h"

namespace micromegas::lake {
namespace {

const std::string kSelectPartitions =
    "SELECT partition_id, view_set, view_instance, begin_insert_time, end_insert_time, "
    "schema_hash, source_data_hash, min_event_time, max_event_time, file_path, file_size, "
    "num_rows, nb_blocks, updated FROM partitions ";

PartitionRow read_partition(const SqliteQuery& query) {
  PartitionRow row;
  row.partition_id = query.integer(0);
  row.view_set = query.text(1);
  row.view_instance = query.text(2);
  row.insert_range = {query.time(3), query.time(4)};
  row.schema_hash = query.text(5);
  row.source_data_hash = query.text(6);
  if (!query.is_null(7)) row.event_range = TimeRange{query.time(7), query.time(8)};
  row.file_path = query.text(9);
  row.file_size = query.integer(10);
  row.num_rows = query.integer(11);
  row.nb_blocks = query.integer(12);
  row.updated = query.time(13);
  return row;
}

/// Rows and file come together, or neither: who reads a partition relies on it.
void check_partition(const PartitionRow& partition) {
  const bool has_rows = partition.num_rows > 0;
  const auto require = [&](bool holds, const char* what) {
    if (!holds) throw Error(ErrorKind::kInternal, std::string("partition to publish: ") + what);
  };
  require(partition.insert_range.begin < partition.insert_range.end, "its insert range is empty");
  require(has_rows == !partition.file_path.empty(), "rows and file do not agree");
  require(has_rows == partition.event_range.has_value(), "rows and event range do not agree");
  check_text("file_path", partition.file_path, kMaxPathCharacters);
  for (const BlockError& error : partition.errors) {
    check_text("stage", error.stage, kMaxViewNameCharacters);
    check_text("reason", error.reason, kMaxPropertyValueCharacters);
  }
}

/// False when there is no such partition of this view (any more).
bool retire(SqliteConnection& connection, const PartitionSwap& swap, std::int64_t partition_id,
            Timestamp expiration) {
  const int kept = connection.run(
      "INSERT OR REPLACE INTO temporary_files SELECT file_path, file_size, ? FROM partitions "
      "WHERE partition_id = ? AND file_path <> ''",
      expiration, partition_id);
  static_cast<void>(kept);  // None for a partition without rows.
  connection.run("DELETE FROM block_errors WHERE partition_id = ?", partition_id);
  return connection.run(
             "DELETE FROM partitions WHERE partition_id = ? AND view_set = ? AND view_instance = ?",
             partition_id, swap.view_set, swap.view_instance) == 1;
}

bool overlaps_a_live_one(SqliteConnection& connection, const PartitionSwap& swap,
                         const PartitionRow& partition) {
  // Live partitions do not overlap each other: of those that begin before our end, the last one
  // reaches furthest.
  const ByteView schema_hash = as_bytes(partition.schema_hash);
  auto query = connection.query(
      "SELECT end_insert_time FROM partitions WHERE view_set = ? AND view_instance = ? "
      "AND schema_hash = ? AND begin_insert_time < ? ORDER BY begin_insert_time DESC LIMIT 1",
      swap.view_set, swap.view_instance, schema_hash, partition.insert_range.end);
  return query.next() && query.time(0) > partition.insert_range.begin;
}

void publish(SqliteConnection& connection, const PartitionSwap& swap,
             const PartitionRow& partition) {
  const ByteView schema_hash = as_bytes(partition.schema_hash);
  const ByteView source_data_hash = as_bytes(partition.source_data_hash);
  std::optional<Timestamp> min_event_time;
  std::optional<Timestamp> max_event_time;
  if (partition.event_range) {
    min_event_time = partition.event_range->begin;
    max_event_time = partition.event_range->end;
  }
  std::int64_t partition_id = 0;
  {
    auto query = connection.query(
        "INSERT INTO partitions (view_set, view_instance, schema_hash, begin_insert_time, "
        "end_insert_time, source_data_hash, min_event_time, max_event_time, file_path, file_size, "
        "num_rows, nb_blocks, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "RETURNING partition_id",
        swap.view_set, swap.view_instance, schema_hash, partition.insert_range.begin,
        partition.insert_range.end, source_data_hash, min_event_time, max_event_time,
        partition.file_path, partition.file_size, partition.num_rows, partition.nb_blocks,
        partition.updated);
    query.next();
    partition_id = query.integer(0);
    while (query.next()) {
    }
  }
  // A file that was retired and is published again must not be deleted.
  connection.run("DELETE FROM temporary_files WHERE file_path = ?", partition.file_path);
  for (const BlockError& error : partition.errors) {
    connection.run("INSERT INTO block_errors VALUES (?, ?, ?, ?, ?, ?, ?)", partition_id,
                   error.process_id, error.stream_id, error.block_id, error.stage, error.offset,
                   error.reason);
  }
}

}  // namespace

std::vector<PartitionRow> SqliteMetadataStore::partitions_of_view(
    std::string_view view_set, std::string_view view_instance) const {
  static const std::string kSql = kSelectPartitions +
                                  "WHERE view_set = ? AND view_instance = ? "
                                  "ORDER BY begin_insert_time, end_insert_time, partition_id";
  const auto connection = readers_.take();
  std::vector<PartitionRow> partitions;
  for (auto query = connection->query(kSql, view_set, view_instance); query.next();) {
    partitions.push_back(read_partition(query));
  }
  return partitions;
}

std::vector<PartitionRow> SqliteMetadataStore::all_partitions() const {
  static const std::string kSql =
      kSelectPartitions + "ORDER BY view_set, view_instance, begin_insert_time, partition_id";
  const auto connection = readers_.take();
  std::vector<PartitionRow> partitions;
  for (auto query = connection->query(kSql); query.next();) {
    partitions.push_back(read_partition(query));
  }
  return partitions;
}

std::vector<BlockError> SqliteMetadataStore::all_block_errors() const {
  const auto connection = readers_.take();
  std::vector<BlockError> errors;
  auto query = connection->query(
      "SELECT process_id, stream_id, block_id, stage, byte_offset, reason FROM block_errors "
      "ORDER BY rowid");
  while (query.next()) {
    errors.push_back({.process_id = query.id<ProcessId>(0),
                      .stream_id = query.id<StreamId>(1),
                      .block_id = query.id<BlockId>(2),
                      .stage = query.text(3),
                      .offset = query.integer(4),
                      .reason = query.text(5)});
  }
  return errors;
}

bool SqliteMetadataStore::swap_partitions(const PartitionSwap& swap) {
  check_text("view_set", swap.view_set, kMaxViewNameCharacters);
  check_text("view_instance", swap.view_instance, kMaxViewNameCharacters);
  for (const PartitionRow& partition : swap.publish) check_partition(partition);

  bool done = false;
  write([&](SqliteConnection& connection) {
    const Timestamp expiration{Timestamp::now().ns + kRetiredFileGraceNs};
    for (const std::int64_t partition_id : swap.retire) {
      if (!retire(connection, swap, partition_id, expiration)) return false;
    }
    for (const PartitionRow& partition : swap.publish) {
      if (overlaps_a_live_one(connection, swap, partition)) return false;
      publish(connection, swap, partition);
    }
    done = true;
    return true;
  });
  return done;
}

std::vector<std::string> SqliteMetadataStore::expired_files(Timestamp now) const {
  const auto connection = readers_.take();
  std::vector<std::string> paths;
  auto query = connection->query(
      "SELECT file_path FROM temporary_files WHERE expiration < ? ORDER BY expiration, file_path",
      now);
  while (query.next()) paths.push_back(query.text(0));
  return paths;
}

void SqliteMetadataStore::forget_files(const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  write([&](SqliteConnection& connection) {
    for (const std::string& path : paths) {
      connection.run("DELETE FROM temporary_files WHERE file_path = ?", path);
    }
    return true;
  });
}

}  // namespace micromegas::lake
