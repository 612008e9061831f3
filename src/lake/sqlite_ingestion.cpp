#include <algorithm>
#include <map>
#include <utility>

#include "base/failpoint.h"
#include "lake/sqlite_metadata_store.h"
#include "lake/text_columns.h"
#include "lake/text_limits.h"

namespace micromegas::lake {
namespace {

using StreamOfProcess = std::pair<ProcessId, StreamId>;

void insert_process(SqliteConnection& connection, const wire::ProcessInfo& process,
                    Timestamp insert_time) {
  const std::string properties = encode_properties(process.properties);
  connection.run(
      "INSERT INTO processes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (process_id) DO NOTHING",
      process.process_id, process.exe, process.username, process.realname, process.computer,
      process.distro, process.cpu_brand, process.tsc_frequency, process.start_time,
      process.start_ticks, process.parent_process_id, properties, insert_time);
}

void insert_stream(SqliteConnection& connection, const wire::StreamInfo& stream,
                   Timestamp insert_time) {
  const Bytes dependencies = wire::encode_type_table(stream.dependencies_metadata);
  const Bytes objects = wire::encode_type_table(stream.objects_metadata);
  const std::string tags = encode_tags(stream.tags);
  const std::string properties = encode_properties(stream.properties);
  connection.run(
      "INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream_id) DO NOTHING",
      stream.stream_id, stream.process_id, dependencies, objects, tags, properties,
      StreamRow{}.format, insert_time);
}

/// True when the block was not there yet.
bool insert_block(SqliteConnection& connection, const BlockRow& block, Timestamp insert_time) {
  const wire::BlockInfo& info = block.info;
  const int changed = connection.run(
      "INSERT INTO blocks (block_id, stream_id, process_id, begin_time, begin_ticks, end_time, "
      "end_ticks, object_offset, nb_objects, payload_size, payload, insert_time) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (block_id) DO NOTHING",
      info.block_id, info.stream_id, info.process_id, info.begin_time, info.begin_ticks,
      info.end_time, info.end_ticks, info.object_offset, std::int64_t{info.nb_objects},
      block.payload_size, block.payload.text, insert_time);
  return changed == 1;
}

void add(BlockTotals& totals, const wire::BlockInfo& block, Timestamp insert_time) {
  const bool first = totals.nb_blocks == 0;
  totals.last_insert_time = insert_time;
  totals.last_end_ticks =
      first ? block.end_ticks.value : std::max(totals.last_end_ticks, block.end_ticks.value);
  totals.last_end_time = first ? block.end_time : std::max(totals.last_end_time, block.end_time);
  totals.nb_blocks += 1;
  totals.nb_events += block.nb_objects;
}

void add_totals(SqliteConnection& connection, const StreamOfProcess& key,
                const BlockTotals& totals) {
  connection.run(
      "INSERT INTO block_totals VALUES (?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (process_id, stream_id) DO UPDATE SET "
      "last_insert_time = max(last_insert_time, excluded.last_insert_time), "
      "last_end_ticks = max(last_end_ticks, excluded.last_end_ticks), "
      "last_end_time = max(last_end_time, excluded.last_end_time), "
      "nb_blocks = nb_blocks + excluded.nb_blocks, nb_events = nb_events + excluded.nb_events",
      key.first, key.second, totals.last_insert_time, totals.last_end_ticks, totals.last_end_time,
      totals.nb_blocks, totals.nb_events);
}

Timestamp newest_insert_time(SqliteConnection& connection) {
  auto query = connection.query("SELECT max(insert_time) FROM blocks");
  query.next();
  return query.is_null(0) ? Timestamp{} : query.time(0);
}

}  // namespace

void SqliteMetadataStore::ingest(const IngestBatch& batch) {
  for (const auto& process : batch.processes) check_text(process);
  for (const auto& stream : batch.streams) check_text(stream);
  for (const auto& block : batch.blocks) {
    check_text("payload location", block.payload.text, kMaxPathCharacters);
  }

  write([&](SqliteConnection& connection) {
    // Read while holding the write lock: whatever other processes do, insert times grow with the
    // sequence, even when a clock steps back.
    Timestamp newest = newest_insert_time(connection);
    const Timestamp now = Timestamp::now();
    for (const auto& process : batch.processes) insert_process(connection, process, now);
    for (const auto& stream : batch.streams) insert_stream(connection, stream, now);

    // A batch has many blocks of few streams: one update of the totals for each.
    std::map<StreamOfProcess, BlockTotals> totals;
    for (const auto& block : batch.blocks) {
      const Timestamp insert_time = std::max(now, Timestamp{newest.ns + 1});
      if (!insert_block(connection, block, insert_time)) continue;
      newest = insert_time;
      add(totals[{block.info.process_id, block.info.stream_id}], block.info, insert_time);
    }
    for (const auto& [key, sum] : totals) add_totals(connection, key, sum);
    return true;
  });
  failpoint("lake.row_committed");
}

std::vector<BlockId> SqliteMetadataStore::known_blocks(const std::vector<BlockId>& ids) const {
  std::vector<BlockId> known;
  const auto connection = readers_.take();
  const SqliteTransaction snapshot(*connection, SqliteTransaction::Mode::kRead);
  for (const BlockId& id : ids) {
    if (connection->query("SELECT 1 FROM blocks WHERE block_id = ?", id).next()) {
      known.push_back(id);
    }
  }
  return known;
}

}  // namespace micromegas::lake
