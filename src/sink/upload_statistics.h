#pragma once

#include <cstdint>
#include <string>

namespace micromegas::sink {

/// What became of what was given to a sink. Numbers of events are what a user lost.
struct UploadStatistics {
  std::uint64_t sent = 0;  ///< Processes, streams and blocks that are stored; of which:
  std::uint64_t sent_blocks = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_events = 0;  ///< In those blocks.
  std::uint64_t failed_attempts = 0;

  std::uint64_t dropped = 0;          ///< Those that will never arrive, of which:
  std::uint64_t dropped_full = 0;     ///< the queue was full,
  std::uint64_t dropped_refused = 0;  ///< the other side did not want it (HTTP: 4xx),
  std::uint64_t dropped_failed = 0;   ///< all attempts failed,
  std::uint64_t dropped_late = 0;     ///< time was up when the program ended.
  std::uint64_t dropped_events = 0;   ///< In the blocks among them.

  std::string
      last_error;  ///< Of the latest attempt that failed: the status, or the cause in words.

  /// Counts one that is lost for a reason: one of the four above.
  void count_dropped(std::uint64_t UploadStatistics::* reason, std::int32_t nb_events) noexcept {
    ++(this->*reason);
    ++dropped;
    dropped_events += static_cast<std::uint64_t>(nb_events);
  }
};

}  // namespace micromegas::sink
