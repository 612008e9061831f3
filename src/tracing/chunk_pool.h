#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracing/chunk_source.h"

namespace micromegas::tracing {

/// A piece of memory that a thread fills with records; `ThreadState::cursor` is inside it.
///
/// A thread's chunks form a list from the oldest that the collector has not read yet to the one
/// being written. `next` and `end` of a full chunk are written before the cursor moves on to its
/// successor, so whoever sees the cursor there sees them too.
struct Chunk {
  static constexpr std::size_t kBytes = 32 * 1024;

  std::atomic<Chunk*> next{nullptr};
  std::byte* end = nullptr;  ///< Of the records in a full chunk.

  std::byte* begin() noexcept { return reinterpret_cast<std::byte*>(this) + kHeaderBytes; }
  /// At or beyond it the chunk is full: the largest record might leave it.
  std::byte* limit() noexcept;

  /// The chunk that a cursor is in: chunks are aligned to their size.
  static Chunk* of(std::byte* cursor) noexcept {
    return reinterpret_cast<Chunk*>(cursor - (reinterpret_cast<std::uintptr_t>(cursor) % kBytes));
  }

  static constexpr std::size_t kHeaderBytes = 64;
};

/// The memory of all threads' events, bounded. Threads take chunks, the collector gives them back;
/// neither waits: a stack without a lock. Memory once taken from the system is kept for reuse.
class ChunkPool {
 public:
  ChunkPool() noexcept = default;
  /// REQUIRES: all chunks have been given back.
  ~ChunkPool();
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  /// The most memory it takes from the system. Lowering it below what is there frees nothing.
  void set_capacity(std::size_t bytes) noexcept {
    capacity_.store(bytes / Chunk::kBytes, std::memory_order_relaxed);
  }

  /// Takes chunks from there rather than from the system, until `capacity` or it is used up; null:
  /// from the system again. Those of a source are zero beyond what was written into them, each time
  /// they are taken. What the pool had before serves when nothing else is left. One thread at a
  /// time.
  void set_source(ChunkSource* source) noexcept;

  const ChunkSource* source() const noexcept { return source_.load(std::memory_order_relaxed); }

  /// Forgets all there is, in a forked child which does not have it.
  void abandon() noexcept;

  /// Asks the system for chunks until `bytes` lie ready, and touches them: the threads that take
  /// them meet no page fault.
  void prepare(std::size_t bytes) noexcept;

  /// Null when the capacity is used up, or the system refuses memory. Any thread; never waits.
  Chunk* take() noexcept;
  /// Any thread; never waits.
  void give_back(Chunk* chunk) noexcept;

  /// More than three quarters of the capacity hold events.
  bool nearly_full() const noexcept {
    return in_use() * 4 > capacity_.load(std::memory_order_relaxed) * 3;
  }
  std::size_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }
  std::size_t allocated() const noexcept { return allocated_.load(std::memory_order_relaxed); }

 private:
  /// The top of the stack: a chunk's address, and in the bits that it leaves free a count of
  /// changes, so that a top which went and came back is not taken for one that stayed.
  using Top = std::uint64_t;

  Chunk* allocate() noexcept;
  Chunk* take_from_before() noexcept;
  bool count_one_more() noexcept;
  static void push(std::atomic<Top>& stack, Chunk* chunk) noexcept;
  static Chunk* pop(std::atomic<Top>& stack) noexcept;

  std::atomic<Top> top_{0};
  std::atomic<Top> before_{0};  ///< Not of the source; not counted as allocated.
  std::atomic<ChunkSource*> source_{nullptr};
  std::atomic<std::size_t> capacity_{0};  // All three in chunks.
  std::atomic<std::size_t> allocated_{0};
  std::atomic<std::size_t> in_use_{0};
};

}  // namespace micromegas::tracing
