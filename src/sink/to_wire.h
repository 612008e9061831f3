#pragma once

#include <optional>

#include "sink/upload_queue.h"
#include "sink/upload_statistics.h"
#include "tracing/event_sink.h"
#include "wire/messages.h"

namespace micromegas::sink {

// What the tracing library says of a process, a stream and a block, as the messages that travel.

wire::ProcessInfo to_wire(const tracing::ProcessDescription& process);
wire::StreamInfo to_wire(const tracing::StreamDescription& stream, ProcessId process_id);

/// What is lost for good of what was given to a sink.
tracing::Losses losses_of(const UploadStatistics& statistics) noexcept;

/// Which losses hurt more.
Priority priority_of(tracing::StreamKind kind) noexcept;

/// Compresses the block's buffers at an LZ4 level. Its id is made of its stream's and its offset in
/// it: should the block be made once more, it is the same one. Empty frames in the payload: memory
/// was refused, the block is lost.
wire::BlockMessage to_wire(const tracing::ClosedBlock& block,
                           const tracing::ProcessDescription& process, int compression_level);

/// The same, if `target` (an uploader, a writer) has room for it and memory is granted; else the
/// target counts its events as lost.
template <class Target>
std::optional<wire::BlockMessage> to_wire_if_room(Target& target, const tracing::ClosedBlock& block,
                                                  const tracing::ProcessDescription& process,
                                                  int compression_level) {
  if (target.has_room(priority_of(block.kind))) {
    wire::BlockMessage message = to_wire(block, process, compression_level);
    const wire::BlockPayload& payload = message.payload;
    if (!payload.dependencies.empty() && !payload.objects.empty()) return message;
  }
  target.count_full(block.nb_objects);
  return std::nullopt;
}

}  // namespace micromegas::sink
