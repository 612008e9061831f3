#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <micromegas/testing.h>

#include "base/byte_view.h"
#include "base/ids.h"
#include "tracing/event_sink.h"

namespace micromegas::testing {

/// One event of a block, whatever its kind: what an event of its type has is set.
struct BlockEvent {
  std::string type;  ///< `BeginAsyncSpanEvent`, ...
  std::int64_t time = 0;
  StreamId stream_id;
  std::string thread;  ///< Of its stream.
  std::int64_t thread_id = 0;

  std::string name;  ///< Of a span or a metric; the message of a log.
  std::string target;
  std::string file;
  std::string unit;
  std::uint32_t line = 0;
  std::uint32_t level = 0;
  double value = 0;
  std::uint64_t span_id = 0;
  std::uint64_t parent_span_id = 0;
  std::uint32_t depth = 0;
  std::uint32_t outcome = 0;
  Properties properties;
};

/// A block as it came out of the recorder, copied.
struct KeptBlock {
  Bytes dependencies;
  Bytes objects;
};

/// Appends the events of a block, decoded. Events of types that it does not know are passed over.
void append_events(const tracing::StreamDescription& stream, const KeptBlock& block,
                   std::vector<BlockEvent>& events);

}  // namespace micromegas::testing
