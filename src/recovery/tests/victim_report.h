#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace micromegas::recovery {

/// What a program that is about to be killed tells the test, in memory that both have mapped: it is
/// written after each event, so that at most one event per thread is recorded and not counted.
struct VictimReport {
  static constexpr std::size_t kThreads = 3;
  static constexpr std::size_t kMaxBlocks = 100'000;

  struct Block {
    std::array<std::uint8_t, 16> stream_id;
    std::int64_t object_offset;
  };

  std::array<std::atomic<std::uint64_t>, kThreads> events;
  std::array<std::atomic<std::uint64_t>, kThreads> logs;
  /// That a sink which delivers at once has delivered.
  std::atomic<std::uint64_t> nb_blocks;
  std::array<std::atomic<std::uint64_t>, kThreads> delivered_events;
  std::atomic<std::uint64_t> delivered_logs;
  std::array<Block, kMaxBlocks> blocks;

  /// Whether all threads have recorded so much.
  bool busy(std::uint64_t least) const noexcept {
    for (const auto& of_thread : events) {
      if (of_thread < least) return false;
    }
    return true;
  }
};

}  // namespace micromegas::recovery
