#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>

#include "lake/lake.h"
#include "sink/upload_queue.h"
#include "sink/upload_statistics.h"
#include "wire/messages.h"

namespace micromegas::lake_sink {

/// A block on its way into the lake: its row and its blob.
struct BlockToStore {
  wire::BlockInfo info;
  Bytes blob;
  std::shared_ptr<const void> evidence = {};  ///< Held until it is stored or given up.
};

/// Stores what it is given in a lake, from a thread of its own: all that has come together with one
/// commit, durable before it counts as sent.
///
/// A lake that cannot be written to now (the disk is full, another process is at it) is tried
/// again, after 100 ms and then tenfold up to 10 s, as long as the program runs. Meanwhile what
/// comes waits in memory up to the limits; beyond them it is dropped and counted. Nobody who
/// records waits. Any thread.
class LakeWriter {
 public:
  LakeWriter(std::shared_ptr<lake::Lake> lake, const sink::UploadLimits& limits);

  /// Drops what has not been drained.
  ~LakeWriter();
  LakeWriter(const LakeWriter&) = delete;
  LakeWriter& operator=(const LakeWriter&) = delete;

  /// Whether a block of this priority would be taken: ask before making one.
  bool has_room(sink::Priority priority) const noexcept;

  /// Counts a block that was not even made because there was no room.
  void count_full(std::int32_t nb_events) noexcept;

  using Item = std::variant<wire::ProcessInfo, wire::StreamInfo, BlockToStore>;
  void store(Item item);

  /// Returns when everything is stored or given up, at `deadline` at the latest, even if the disk
  /// does not answer. Nothing may be stored afterwards.
  void drain(std::chrono::steady_clock::time_point deadline) noexcept;

  sink::UploadStatistics statistics() const;

 private:
  class Worker;
  std::shared_ptr<Worker> worker_;  ///< Its thread has the other share.
};

}  // namespace micromegas::lake_sink
