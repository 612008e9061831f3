#include "sink/to_wire.h"

#include "wire/lz4_frame.h"

namespace micromegas::sink {
namespace {

const char* tag_of(tracing::StreamKind kind) noexcept {
  switch (kind) {
    case tracing::StreamKind::kAsyncDetail:
      return "async_detail";
    case tracing::StreamKind::kLog:
      return "log";
    case tracing::StreamKind::kMetrics:
      return "metrics";
    case tracing::StreamKind::kCrash:
      return "crash";
    case tracing::StreamKind::kThread:
      break;
  }
  return "cpu";
}

}  // namespace

wire::ProcessInfo to_wire(const tracing::ProcessDescription& process) {
  wire::ProcessInfo info;
  info.process_id = process.process_id;
  info.exe = process.exe;
  info.username = process.username;
  info.realname = process.realname;
  info.computer = process.computer;
  info.distro = process.distro;
  info.cpu_brand = process.cpu_brand;
  info.tsc_frequency = tracing::ProcessDescription::kTicksPerSecond;
  info.start_time = process.start_time;
  info.start_ticks = process.start_ticks();
  info.parent_process_id = process.parent_process_id;
  info.properties = process.properties;
  return info;
}

wire::StreamInfo to_wire(const tracing::StreamDescription& stream, ProcessId process_id) {
  wire::StreamInfo info;
  info.process_id = process_id;
  info.stream_id = stream.stream_id;
  info.dependencies_metadata = stream.types().dependencies;
  info.objects_metadata = stream.types().objects;
  info.tags = {tag_of(stream.kind)};
  info.properties = stream.properties;
  return info;
}

tracing::Losses losses_of(const UploadStatistics& statistics) noexcept {
  tracing::Losses losses;
  losses.dropped_requests = statistics.dropped;
  losses.dropped_request_events = statistics.dropped_events;
  return losses;
}

Priority priority_of(tracing::StreamKind kind) noexcept {
  switch (kind) {
    case tracing::StreamKind::kLog:
      return Priority::kLogs;
    case tracing::StreamKind::kMetrics:
      return Priority::kMetrics;
    case tracing::StreamKind::kCrash:
      return Priority::kMetadata;
    case tracing::StreamKind::kThread:
    case tracing::StreamKind::kAsyncDetail:
      break;
  }
  return Priority::kTraces;
}

wire::BlockMessage to_wire(const tracing::ClosedBlock& block,
                           const tracing::ProcessDescription& process, int compression_level) {
  wire::BlockMessage message;
  message.info.block_id = {
      Uuid::derived(block.stream_id.uuid, static_cast<std::uint64_t>(block.object_offset))};
  message.info.stream_id = block.stream_id;
  message.info.process_id = process.process_id;
  message.info.begin_time = {block.begin.value};  // Ticks are nanoseconds since 1970.
  message.info.begin_ticks = {block.begin.value - process.start_ticks().value};
  message.info.end_time = {block.end.value};
  message.info.end_ticks = {block.end.value - process.start_ticks().value};
  message.info.object_offset = block.object_offset;
  message.info.nb_objects = block.nb_objects;
  message.payload.dependencies = wire::compress_frame(block.dependencies, compression_level);
  message.payload.objects = wire::compress_frame(block.objects, compression_level);
  return message;
}

}  // namespace micromegas::sink
