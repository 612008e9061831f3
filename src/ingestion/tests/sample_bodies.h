#pragma once

#include <string>

#include "wire/messages.h"

namespace micromegas::ingestion {

// Bodies as producers post them, different only in what a test says.

inline std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

inline wire::ProcessInfo some_process() {
  wire::ProcessInfo process;
  process.process_id = ProcessId::random();
  process.exe = "demo";
  process.tsc_frequency = 1'000'000'000;
  return process;
}

inline wire::StreamInfo some_stream(ProcessId process) {
  wire::StreamInfo stream;
  stream.process_id = process;
  stream.stream_id = StreamId::random();
  stream.tags = {"cpu"};
  return stream;
}

inline wire::BlockMessage some_block(ProcessId process = ProcessId::random(),
                                     StreamId stream = StreamId::random(),
                                     std::size_t payload_size = 100) {
  wire::BlockMessage block;
  block.info.block_id = BlockId::random();
  block.info.stream_id = stream;
  block.info.process_id = process;
  block.info.begin_time = {1'000};
  block.info.end_time = {2'000};
  block.info.nb_objects = 3;
  block.payload.dependencies.assign(8, std::byte{1});
  block.payload.objects.assign(payload_size, std::byte{2});
  return block;
}

inline std::string block_body(const wire::BlockMessage& block) {
  return text_of(wire::encode_block(block));
}

}  // namespace micromegas::ingestion
