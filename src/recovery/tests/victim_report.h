#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracing/event_sink.h"

namespace micromegas::recovery {

/// What a program that is about to be killed tells the test, in memory that both have mapped: it is
/// written after each event, so that at most one event per thread is recorded and not counted.
struct VictimReport {
  static constexpr std::size_t kThreads = 3;
  static constexpr std::size_t kMaxBlocks = 100'000;
  /// So many different sets of properties each thread has: none is ever replaced.
  static constexpr std::uint64_t kSets = 1000;

  struct Block {
    tracing::StreamKind kind;
    std::uint32_t thread;  ///< The number of the thread whose stream it is, if it is a thread's.
    std::array<std::uint8_t, 16> stream_id;
    std::int64_t object_offset;
    std::int32_t nb_objects;
  };

  using PerThread = std::array<std::atomic<std::uint64_t>, kThreads>;

  PerThread events;
  PerThread details;  ///< Of async spans.
  PerThread logs;
  PerThread metrics;
  std::atomic<std::uint32_t> await_line;  ///< Where in its source its coroutines wait.
  /// That a sink which delivers at once has delivered.
  std::atomic<std::uint64_t> nb_blocks;
  std::array<Block, kMaxBlocks> blocks;

  /// The report in a file that the test has made; null: it cannot be mapped.
  static VictimReport* map(const char* path) noexcept {
    const int file = ::open(path, O_RDWR | O_CLOEXEC);
    void* memory =
        ::mmap(nullptr, sizeof(VictimReport), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<VictimReport*>(memory);
  }

  /// Whether all threads have recorded so much.
  bool busy(std::uint64_t least) const noexcept {
    for (std::size_t i = 0; i < kThreads; ++i) {
      if (events[i] + logs[i] < least) return false;
    }
    return true;
  }
};

}  // namespace micromegas::recovery
