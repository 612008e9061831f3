#pragma once

#include <cstdint>

#include "recovery/dead_process.h"
#include "tracing/event_sink.h"

namespace micromegas::recovery {

/// Tells how far a replay has got, and may end it. Called between blocks.
class ReplayPace {
 public:
  virtual ~ReplayPace() = default;

  /// So much has been handed over. False: no more.
  virtual bool go_on(std::uint64_t nb_blocks, std::uint64_t nb_events) noexcept = 0;
};

/// What was handed to the sink.
struct ReplayedProcess {
  std::uint64_t streams = 0;
  std::uint64_t blocks = 0;
  std::uint64_t events = 0;
  std::uint64_t blocks_on_the_way = 0;  ///< Of the above; they may have arrived before as well.
  bool whole = true;                    ///< False: the pace ended it.
};

/// Hands to the sink what the process would have: itself, the blocks that were on their way, and
/// for each thread with records its stream and the blocks of what was not in a block yet. Then it
/// is marked as crashed: a stream of its own (`crash_stream_types()`), with the property `crashed`
/// and one event.
///
/// The same process gives the same blocks under the same ids each time.
ReplayedProcess replay(const DeadProcess& process, tracing::EventSink& sink, ReplayPace& pace);

}  // namespace micromegas::recovery
