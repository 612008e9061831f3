#pragma once

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

}  // namespace micromegas::sink
