#pragma once

#include <string>
#include <vector>

#include "lake/metadata_store.h"

namespace micromegas::lake {

// Rows for tests, different only in what a test says.

inline wire::ProcessInfo some_process(ProcessId id = ProcessId::random()) {
  wire::ProcessInfo process;
  process.process_id = id;
  process.exe = "demo";
  process.username = "ada";
  process.realname = "Ada L.";
  process.computer = "engine";
  process.distro = "Debian 12";
  process.cpu_brand = "a processor";
  process.tsc_frequency = 1'000'000'000;
  process.start_time = {1'795'327'341'939'069'005};
  process.start_ticks = {17};
  return process;
}

inline wire::StreamInfo some_stream(ProcessId process, StreamId id = StreamId::random(),
                                    std::string tag = "cpu") {
  wire::StreamInfo stream;
  stream.process_id = process;
  stream.stream_id = id;
  transit::TypeDescription type;
  type.name = "BeginAsyncSpanEvent";
  type.size = 8;
  type.members = {{"time", "i64", 0, 8, false}};
  stream.objects_metadata = {type};
  stream.tags = {std::move(tag)};
  stream.properties = {{"thread-id", "17"}, {"thread-name", "worker"}};
  return stream;
}

inline BlockRow some_block(ProcessId process, StreamId stream, std::int64_t begin_ns = 1'000,
                           std::int64_t end_ns = 2'000, std::int32_t nb_objects = 3) {
  BlockRow block;
  block.info.block_id = BlockId::random();
  block.info.stream_id = stream;
  block.info.process_id = process;
  block.info.begin_time = {begin_ns};
  block.info.end_time = {end_ns};
  block.info.begin_ticks = {begin_ns};
  block.info.end_ticks = {end_ns};
  block.info.nb_objects = nb_objects;
  block.payload_size = 100;
  block.payload.text = "packs/2026-11-22/a.pack@0+100#0000000000000000";
  return block;
}

inline IngestBatch batch_of(std::vector<wire::ProcessInfo> processes,
                            std::vector<wire::StreamInfo> streams, std::vector<BlockRow> blocks) {
  return {std::move(processes), std::move(streams), std::move(blocks)};
}

inline PartitionRow some_partition(std::int64_t begin, std::int64_t end,
                                   const std::string& file = "a.parquet") {
  PartitionRow partition;
  partition.insert_range = {{begin}, {end}};
  partition.schema_hash = std::string("\0schema", 7);
  partition.source_data_hash = std::string("\0source", 7);
  partition.event_range = TimeRange{{begin - 10}, {end - 5}};
  partition.file_path = file;
  partition.file_size = 1234;
  partition.num_rows = 42;
  partition.nb_blocks = 2;
  partition.updated = {77};
  return partition;
}

inline PartitionRow empty_partition(std::int64_t begin, std::int64_t end) {
  PartitionRow partition = some_partition(begin, end, "");
  partition.event_range.reset();
  partition.num_rows = 0;
  partition.file_size = 0;
  return partition;
}

}  // namespace micromegas::lake
