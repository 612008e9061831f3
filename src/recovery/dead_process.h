#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_view.h"
#include "tracing/crash_format.h"
#include "tracing/event_sink.h"
#include "tracing/property_table.h"
#include "tracing/site_table.h"
#include "tracing/tick_converter.h"

namespace micromegas::recovery {

/// The records of a thread that were not in a block yet when its process died.
struct DeadThread {
  StreamId stream_id;
  std::int32_t thread_id = 0;
  std::string name;
  std::uint64_t first_ticks = 0;
  std::int64_t nb_events = 0;   ///< In the blocks that were made before ...
  Ticks block_end;              ///< ... and where the latest of them ended.
  std::int64_t nb_details = 0;  ///< The same of the stream of its async spans' details.
  Ticks details_end;
  /// Whole records one behind the other, oldest first; a piece is a chunk's.
  std::vector<Bytes> pieces;
  /// Where in the pieces the logs and metrics begin that were not in a block yet.
  std::size_t messages_piece = 0;
  std::size_t messages_offset = 0;
};

/// What of a stream was in blocks: the process's logs, or its metrics.
struct DeadStream {
  std::int64_t nb_events = 0;
  Ticks block_end;
};

/// What a crash file says. Everything in it has been checked: times are within bounds, records are
/// whole, and each has a site in `sites`. Sets of properties are as a process makes them; a record
/// may name one that is not in `sets`.
struct DeadProcess {
  tracing::ProcessDescription description;
  std::int32_t pid = 0;
  std::size_t block_bytes = 0;
  tracing::TickConverter clock{{}};
  std::unique_ptr<tracing::SiteTable> sites;
  std::unique_ptr<tracing::PropertyTable> sets;
  std::vector<DeadThread> threads;
  std::array<DeadStream, tracing::crash::kMessageStreams> messages;
  /// Paths of the files of blocks that were on their way (tracing/block_file.h).
  std::vector<std::string> blocks_on_the_way;
  std::uint64_t threads_lost = 0;  ///< Threads of which there is nothing, for want of room.
};

}  // namespace micromegas::recovery
