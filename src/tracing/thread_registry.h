#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include <sys/types.h>

#include <micromegas/detail/thread_state.h>

#include "base/ids.h"
#include "base/time.h"
#include "tracing/chunk_pool.h"
#include "tracing/wake_up.h"

namespace micromegas::tracing {

/// What a thread has put into the blocks of one of its streams.
struct ThreadStream {
  StreamId stream_id;
  bool announced = false;
  std::int64_t nb_events = 0;  ///< In all blocks so far.
  Ticks block_end;             ///< Of the latest block.
};

namespace crash {
struct ThreadSlot;
}

/// A thread that has recorded something, and its chunks. Outlives the thread until the collector
/// has read them.
struct RegisteredThread {
  // Never changes.

  pid_t thread_id = 0;
  std::array<char, 16> name{};    ///< Empty when it has none. Ends with a zero.
  std::uint64_t first_ticks = 0;  ///< The raw counter when it registered.

  // Written by the thread itself.

  std::atomic<std::uint64_t> dropped_events{0};
  std::atomic<std::uint32_t> chunks_filled{0};
  std::atomic<std::uint32_t> messages{0};  ///< Logs and metrics, counted before they are written.

  // Guarded by the registry's mutex.

  detail::ThreadState* state = nullptr;  ///< Null once the thread has ended.
  std::byte* last_cursor = nullptr;      ///< Of a thread that has ended.
  RegisteredThread* next = nullptr;

  // The collector's.

  std::atomic<std::uint32_t> chunks_read{0};
  Chunk* oldest = nullptr;           ///< The chunk that is read next.
  std::byte* read_to = nullptr;      ///< In `oldest`: the records before it are read.
  std::byte* seen_cursor = nullptr;  ///< Up to here there are records, as of the latest look.
  bool seen_ended = false;

  // Logs and metrics are taken out in advance of the spans around them, each time somebody looks.

  Chunk* messages_chunk = nullptr;  ///< Null: from where the spans are read.
  std::byte* messages_read_to = nullptr;
  std::uint32_t messages_taken = 0;
  bool only_messages = false;  ///< From where the spans are read next up to the latest look.

  // Its stream.

  StreamId stream_id;  ///< Drawn when it is announced, unless a crash file gave it one.
  bool announced = false;
  std::int64_t nb_events = 0;  ///< In all blocks so far.
  Ticks block_end;             ///< Of the latest block; of none: when the thread registered.
  crash::ThreadSlot* crash_slot = nullptr;  ///< What the crash file says of it; null: nothing.

  ThreadStream details;  ///< Of its async spans.
};

/// The calling thread is as one that has never recorded.
void detach_this_thread() noexcept;

/// The threads of the process that record, and the memory that they record into. Exists once, as
/// long as the process: threads may outlive `main` and static objects.
class ThreadRegistry {
 public:
  static ThreadRegistry& instance() noexcept;

  ChunkPool& chunks() noexcept { return chunks_; }

  // What threads ask and say, on their slow path.

  /// Whether events are recorded. Threads notice at their next slow path.
  bool recording() const noexcept { return recording_.load(std::memory_order_acquire); }

  /// Whether events carry the processor's counter (else: the monotonic clock).
  bool processor_counter() const noexcept {
    return processor_counter_.load(std::memory_order_relaxed);
  }

  /// Registers the calling thread, which records from `chunk` on. Null when memory is refused.
  RegisteredThread* register_thread(Chunk* chunk) noexcept;

  /// The calling thread ends; its state must not be read any more.
  void thread_ends(RegisteredThread& thread) noexcept;

  /// The thread has filled one more chunk: wakes the collector when a block's worth has come
  /// together or memory becomes scarce. Never waits.
  void chunk_filled(RegisteredThread& thread) noexcept;

  /// The first of `kSpanIdRange` span ids that nobody else gets.
  std::uint64_t take_span_ids() noexcept {
    return next_span_id_.fetch_add(kSpanIdRange, std::memory_order_relaxed);
  }
  static constexpr std::uint64_t kSpanIdRange = 1024;

  /// An event of a thread that could not even register.
  void count_dropped(std::uint64_t events) noexcept {
    dropped_events_.fetch_add(events, std::memory_order_relaxed);
  }

  // The collector's side. One collector at a time.

  /// What was recorded before is forgotten.
  void start_recording(bool processor_counter, std::uint32_t chunks_per_block, bool spans) noexcept;
  void stop_recording() noexcept;

  /// All threads that have records or may still make some; notes in each how far it has got. Blocks
  /// nobody for longer than it takes to read a pointer per thread.
  void look(std::vector<RegisteredThread*>& threads);

  /// REQUIRES: `thread.seen_ended`, and all its records are read.
  void forget(RegisteredThread* thread) noexcept;

  WakeUp& wake_up() noexcept { return wake_up_; }

  /// Events that found no memory, of all threads, since the process began.
  std::uint64_t dropped_events() noexcept;

 private:
  ThreadRegistry() noexcept = default;

  static void before_fork() noexcept;
  static void after_fork_in_parent() noexcept;
  static void after_fork_in_child() noexcept;

  void skip_records(RegisteredThread& thread) noexcept;
  void forget_all() noexcept;

  std::atomic<bool> recording_{false};
  std::atomic<bool> processor_counter_{true};
  std::atomic<std::uint32_t> chunks_per_block_{1};
  std::atomic<std::uint64_t> next_span_id_{1};
  std::atomic<std::uint64_t> dropped_events_{0};  ///< Of threads that are forgotten, or never were.
  ChunkPool chunks_;
  WakeUp wake_up_;
  std::mutex mutex_;
  RegisteredThread* threads_ = nullptr;  ///< Newest first.
};

}  // namespace micromegas::tracing
