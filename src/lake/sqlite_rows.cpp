#include "lake/sqlite_rows.h"

#include "lake/text_columns.h"

namespace micromegas::lake {

const std::string kProcessColumns =
    "p.process_id, p.exe, p.username, p.realname, p.computer, p.distro, p.cpu_brand, "
    "p.tsc_frequency, p.start_time, p.start_ticks, p.parent_process_id, p.properties, "
    "p.insert_time ";

ProcessRow read_process(const SqliteQuery& query, int first_column) {
  int column = first_column;
  ProcessRow row;
  row.info.process_id = query.id<ProcessId>(column++);
  row.info.exe = query.text(column++);
  row.info.username = query.text(column++);
  row.info.realname = query.text(column++);
  row.info.computer = query.text(column++);
  row.info.distro = query.text(column++);
  row.info.cpu_brand = query.text(column++);
  row.info.tsc_frequency = query.integer(column++);
  row.info.start_time = query.time(column++);
  row.info.start_ticks = {query.integer(column++)};
  if (!query.is_null(column)) row.info.parent_process_id = query.id<ProcessId>(column);
  ++column;
  row.info.properties = decode_properties(as_text(query.blob(column++)));
  row.insert_time = query.time(column++);
  return row;
}

const std::string kStreamColumns =
    "s.stream_id, s.process_id, s.dependencies_metadata, s.objects_metadata, s.tags, "
    "s.properties, s.format, s.insert_time ";

StreamRow read_stream(const SqliteQuery& query, int first_column) {
  int column = first_column;
  StreamRow row;
  row.stream_id = query.id<StreamId>(column++);
  row.process_id = query.id<ProcessId>(column++);
  row.dependencies_metadata = query.bytes(column++);
  row.objects_metadata = query.bytes(column++);
  row.tags = decode_tags(as_text(query.blob(column++)));
  row.properties = decode_properties(as_text(query.blob(column++)));
  row.format = query.text(column++);
  row.insert_time = query.time(column++);
  return row;
}

const std::string kBlockColumns =
    "b.sequence, b.block_id, b.stream_id, b.process_id, b.begin_time, b.begin_ticks, b.end_time, "
    "b.end_ticks, b.object_offset, b.nb_objects, b.payload_size, b.payload, b.insert_time ";

BlockRow read_block(const SqliteQuery& query, int first_column) {
  int column = first_column;
  BlockRow row;
  row.sequence = query.integer(column++);
  row.info.block_id = query.id<BlockId>(column++);
  row.info.stream_id = query.id<StreamId>(column++);
  row.info.process_id = query.id<ProcessId>(column++);
  row.info.begin_time = query.time(column++);
  row.info.begin_ticks = {query.integer(column++)};
  row.info.end_time = query.time(column++);
  row.info.end_ticks = {query.integer(column++)};
  row.info.object_offset = query.integer(column++);
  row.info.nb_objects = static_cast<std::int32_t>(query.integer(column++));
  row.payload_size = query.integer(column++);
  row.payload.text = query.text(column++);
  row.insert_time = query.time(column++);
  return row;
}

const std::string kTotalsColumns =
    "t.last_insert_time, t.last_end_ticks, t.last_end_time, t.nb_blocks, t.nb_events ";
const std::string kSumOfTotals =
    "max(t.last_insert_time), max(t.last_end_ticks), max(t.last_end_time), sum(t.nb_blocks), "
    "sum(t.nb_events) ";

BlockTotals read_totals(const SqliteQuery& query, int first_column) {
  int column = first_column;
  BlockTotals totals;
  totals.last_insert_time = query.time(column++);
  totals.last_end_ticks = query.integer(column++);
  totals.last_end_time = query.time(column++);
  totals.nb_blocks = query.integer(column++);
  totals.nb_events = query.integer(column++);
  return totals;
}

}  // namespace micromegas::lake
