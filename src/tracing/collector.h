#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "tracing/block_writer.h"
#include "tracing/crash_file.h"
#include "tracing/loss_metrics.h"
#include "tracing/message_collector.h"
#include "tracing/recorder.h"
#include "tracing/thread_registry.h"
#include "tracing/tick_converter.h"

namespace micromegas::tracing {

/// The thread behind a `Recorder`. It sleeps until a thread has a block's worth of records, memory
/// becomes scarce, a flush is due or asked for; then it looks at all threads and writes the blocks
/// that are due. All of the encoding, and the sink's part of the work, happens on it.
class Collector {
 public:
  Collector(RecorderOptions options, std::unique_ptr<EventSink> sink);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  ProcessId process_id() const noexcept { return process_.process_id; }
  bool running() const noexcept { return thread_.joinable(); }
  void flush();
  void stop() noexcept;
  RecorderStatistics statistics() const noexcept;
  Losses current_losses() const noexcept;
  EventSink& sink() noexcept { return *sink_; }

 private:
  void run() noexcept;
  void wait_until_due() noexcept;
  void collect(bool close_all) noexcept;
  void collect_messages(bool close_all) noexcept;
  void hand_over_messages_with_evidence() noexcept;
  void collect_thread(RegisteredThread& thread, bool close_all) noexcept;
  /// Nothing in the thread's chunks is left to read.
  void pass_over(RegisteredThread& thread) noexcept;
  /// The chunks of a list, up to `to`.
  void give_back(Chunk* from, const Chunk* to) noexcept;
  void announce(RegisteredThread& thread) noexcept;
  bool write_details(RegisteredThread& thread, ClosedBlock& block) noexcept;
  void hand_over(const ClosedBlock& block) noexcept;
  static StreamDescription describe_stream(const RegisteredThread& thread);
  static StreamDescription describe_details(const RegisteredThread& thread);
  void read_clocks_again() noexcept;
  void open_crash_file() noexcept;
  void close_crash_file() noexcept;
  void finish_flushes(std::uint64_t requested) noexcept;

  const RecorderOptions options_;
  std::unique_ptr<EventSink> sink_;
  const bool processor_counter_;
  const pid_t pid_;
  ThreadRegistry& registry_;
  ProcessDescription process_;
  TickConverter clock_;
  CrashFile* crash_file_ = nullptr;
  BlockWriter writer_;
  MessageCollector messages_;
  LossMetrics losses_;
  std::vector<RegisteredThread*> threads_;
  std::chrono::steady_clock::time_point next_flush_;

  std::uint64_t dropped_before_;
  std::uint64_t names_refused_before_;
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> blocks_{0};
  std::atomic<std::uint64_t> lost_events_{0};

  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> flushes_requested_{0};
  std::mutex flush_mutex_;
  std::condition_variable flush_done_;
  std::uint64_t flushes_done_ = 0;
  std::thread thread_;
};

}  // namespace micromegas::tracing
